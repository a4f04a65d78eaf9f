import type { Socket } from 'node:net';
import type { Node } from '../core/node.js';
import type { Watched } from '../core/timeouts.js';
import { TokenBucket } from '../core/token-bucket.js';
import type { ChatError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/messages.js';
import { headerBytes, opcodes, writeHeader } from '../protocol/websocket-framing.js';
import type { StallWatch } from './stall-watch.js';
import { WebSocketConnection } from './websocket-connection.js';

/** One message. */
const echoBytesMax = 64 * 1024;

/**
 * A WebSocket that gets every message back as it came, text as text and binary as binary.
 * It is no session, but held to the same limits: it is read as fast as it reads, and as
 * often as it may send, the first message has to come in time, and each to arrive whole.
 */
export class EchoWebSocket extends WebSocketConnection implements Watched {
  override readonly transport = 'echo';
  readonly encoding = 'text';
  protected readonly session = undefined;
  readonly #node: Node;
  readonly #openedAtMs: number;
  readonly #bucket: TokenBucket;
  /** Settles when the connection is gone. */
  readonly gone: Promise<void>;
  #onGone: () => void = () => {};
  /** Whether a message has come; pings are none. */
  #hasSpoken = false;
  /** Whether more waits for the client than it takes. */
  #isFull = false;
  #messageTimer: NodeJS.Timeout | undefined;
  #throttleTimer: NodeJS.Timeout | undefined;

  constructor(node: Node, socket: Socket, stalls: StallWatch) {
    super(socket, stalls, echoBytesMax);
    this.#node = node;
    this.#openedAtMs = node.clock.monotonicMs();
    const { messagesPerSecond, messageBurst } = node.limits;
    this.#bucket = new TokenBucket(messagesPerSecond, messageBurst, this.#openedAtMs);
    node.timeouts.watch(this);
    this.gone = new Promise((resolve) => (this.#onGone = resolve));
  }

  message(data: Buffer, isBinary: boolean): void {
    if (this.isEnding) return;
    this.#hasSpoken = true;
    if (data.length > echoBytesMax) {
      this.#refuse(ErrorCode.ERROR_CODE_FRAME_TOO_LARGE);
      return;
    }
    const frame = Buffer.allocUnsafe(headerBytes(data.length) + data.length);
    const opcode = isBinary ? opcodes.binary : opcodes.text;
    data.copy(frame, writeHeader(frame, 0, opcode, data.length));
    if (!this.write(frame)) this.#isFull = true;
    this.#slowDown();
  }

  look(nowMs: number): void {
    if (!this.#hasSpoken && !this.isEnding) {
      if (nowMs - this.#openedAtMs < this.#node.limits.firstFrameTimeoutMs) return;
      this.#refuse(ErrorCode.ERROR_CODE_FIRST_FRAME_TIMEOUT);
    }
    this.#node.timeouts.forget(this);
  }

  override peerEnded(): void {
    this.end();
  }

  override closed(): void {
    super.closed();
    this.#node.timeouts.forget(this);
    clearTimeout(this.#messageTimer);
    clearTimeout(this.#throttleTimer);
    this.#onGone();
  }

  protected override caughtUp(): void {
    super.caughtUp();
    this.#isFull = false;
    this.#goOn();
  }

  protected messageBegun(): void {
    const late = (): void => this.#refuse(ErrorCode.ERROR_CODE_FRAME_TIMEOUT);
    this.#messageTimer ??= setTimeout(late, this.#node.limits.frameTimeoutMs);
  }

  protected nothingBegun(): void {
    clearTimeout(this.#messageTimer);
    this.#messageTimer = undefined;
  }

  protected garbled({ code }: ChatError): void {
    this.#refuse(code);
  }

  protected pinged(answer: () => void): void {
    answer();
    this.#slowDown();
  }

  #refuse(code: ErrorCode): void {
    if (this.isEnding) return;
    this.#node.observer.refused?.(code);
    this.end(code);
  }

  /** Reads no more while the client does not read, or has sent more than it may. */
  #slowDown(): void {
    if (this.#node.limits.messagesPerSecond > 0) {
      const waitMs = this.#bucket.take(this.#node.clock.monotonicMs());
      if (waitMs > 0) {
        clearTimeout(this.#throttleTimer);
        this.#throttleTimer = setTimeout(() => {
          this.#throttleTimer = undefined;
          this.#goOn();
        }, waitMs);
      }
    }
    if (this.#throttleTimer !== undefined || this.#isFull) this.pause();
  }

  #goOn(): void {
    if (this.#throttleTimer === undefined && !this.#isFull) this.resume();
  }
}
