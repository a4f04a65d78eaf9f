import type { Socket } from 'node:net';
import { FirstFrameTimeout, type Newcomer } from '../core/first-frame-timeout.js';
import { FrameTimeout, type FrameReader } from '../core/frame-timeout.js';
import { Gate, type Gated } from '../core/gate.js';
import type { Node } from '../core/node.js';
import type { ChatError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/messages.js';
import { headerBytes, opcodes, writeHeader } from '../protocol/websocket-framing.js';
import type { SharedParts } from './shared-parts.js';
import { WebSocketConnection } from './websocket-connection.js';

/** One message. */
const echoBytesMax = 64 * 1024;

/** What a message costs, and each so many bytes of it, in work of a turn. */
const workPerMessage = 2;
const bytesPerWork = 1024;

/**
 * A WebSocket that gets every message back as it came, text as text and binary as binary.
 * It is no session, but held to the same limits: it has a gate like one, the first message
 * has to come in time, and each to arrive whole.
 */
export class EchoWebSocket extends WebSocketConnection implements Gated, Newcomer, FrameReader {
  override readonly transport = 'echo';
  readonly encoding = 'text';
  protected readonly session = undefined;
  readonly #node: Node;
  readonly #gate: Gate;
  readonly #frameTimeout: FrameTimeout;
  /** Settles when the connection is gone. */
  readonly gone: Promise<void>;
  #onGone: () => void = () => {};
  /** Whether a message has come; pings are none. */
  #hasSpoken = false;
  /** The answers to what was just read. */
  #echoes: Uint8Array[] = [];
  #isMidMessage = false;
  #isGone = false;

  constructor(node: Node, socket: Socket, shared: SharedParts) {
    super(socket, shared, echoBytesMax);
    this.#node = node;
    this.#gate = new Gate(node, this);
    this.#frameTimeout = new FrameTimeout(this, node);
    new FirstFrameTimeout(this, node);
    this.gone = new Promise((resolve) => (this.#onGone = resolve));
  }

  message(data: Buffer, isBinary: boolean): void {
    if (this.isEnding) return;
    this.#hasSpoken = true;
    this.#frameTimeout.arrived();
    if (data.length > echoBytesMax) {
      this.#refuse(ErrorCode.ERROR_CODE_FRAME_TOO_LARGE);
      return;
    }
    const frame = Buffer.allocUnsafe(headerBytes(data.length) + data.length);
    const opcode = isBinary ? opcodes.binary : opcodes.text;
    data.copy(frame, writeHeader(frame, 0, opcode, data.length));
    this.#echoes.push(frame);
    this.#gate.spend(1, workPerMessage + data.length / bytesPerWork);
  }

  gateShut(): void {
    this.pause();
  }

  /** Nobody is told: what is written here is what came. */
  gateThrottled(): void {}

  gateOpened(): void {
    this.resume();
  }

  get hasToSpeak(): boolean {
    return !this.#hasSpoken && !this.isEnding && !this.#isGone;
  }

  tookTooLong(): void {
    this.#refuse(ErrorCode.ERROR_CODE_FIRST_FRAME_TIMEOUT);
  }

  get isHeldBack(): boolean {
    return this.#gate.isHeldBack;
  }

  frameTookTooLong(): void {
    this.#refuse(ErrorCode.ERROR_CODE_FRAME_TIMEOUT);
  }

  override closed(): void {
    super.closed();
    this.#gate.close();
    this.#isGone = true;
    this.#frameTimeout.stop();
    this.#onGone();
  }

  protected readingBegins(): void {
    this.#gate.begin();
  }

  protected readingEnds(): void {
    this.#flush();
    if (this.#isMidMessage) this.#gate.askMemory();
  }

  protected get isDone(): boolean {
    return this.isEnding;
  }

  protected get isReading(): boolean {
    return this.#gate.isOpen;
  }

  protected override peerEnded(): void {
    this.#flush();
    this.end();
  }

  protected override caughtUp(): void {
    super.caughtUp();
    this.#gate.open('outbox');
  }

  protected messageBegun(): void {
    this.#isMidMessage = true;
    this.#frameTimeout.waits();
  }

  protected nothingBegun(): void {
    this.#isMidMessage = false;
    this.#frameTimeout.stop();
  }

  protected garbled({ code }: ChatError): void {
    this.#refuse(code);
  }

  protected pinged(answer: () => void): void {
    answer();
    this.#gate.spend(1, workPerMessage);
  }

  protected pongsWait(): void {
    this.#gate.shut('outbox');
  }

  /** Answers what was read with one write. */
  #flush(): void {
    if (this.#echoes.length === 0) return;
    const echoes = Buffer.concat(this.#echoes);
    this.#echoes = [];
    if (!this.write(echoes)) this.#gate.shut('outbox');
  }

  #refuse(code: ErrorCode): void {
    if (this.isEnding) return;
    this.#flush();
    this.#node.observer.refused?.(code);
    this.end(code);
  }
}
