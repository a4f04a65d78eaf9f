import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { ChatError, closeCodes, factsOf } from '../protocol/errors.js';
import { lengthPrefixBytesMax } from '../protocol/limits.js';
import { ErrorCode } from '../protocol/messages.js';
import {
  closeFrame,
  controlFrame,
  headerBytesMax,
  MessageTracker,
  opcodes,
} from '../protocol/websocket-framing.js';
import { Receiver } from '../ws.js';
import type { SharedParts } from './shared-parts.js';
import { SocketConnection } from './socket-connection.js';
import type { WaitingBytes } from './waiting-bytes.js';

/** More pieces of one message than anybody sends; each costs some 200 bytes beside its own. */
const fragmentsMax = 1024;

/**
 * Pieces of a payload that are smaller are put together before they are handed on, as each
 * would keep memory of its own until the message is complete.
 */
const pieceBytesMin = 4096;

/**
 * A WebSocket after its handshake (RFC 6455): control frames, and the messages that the
 * package has assembled. What is written to it are frames already.
 */
export abstract class WebSocketConnection extends SocketConnection {
  readonly transport: string = 'websocket';
  readonly mustSpeak = true;
  readonly #receiver: Writable;
  readonly #tracker = new MessageTracker();
  readonly #counts: WaitingBytes;
  /** The beginning of a piece that is not handed on yet, in memory for all of it. */
  #piece: Uint8Array | undefined;
  #pieceBytes = 0;
  /** What is kept, here and in the receiver, of a message that is not complete. */
  #bytesKept = 0;
  #bytesCounted = 0;
  /** Answers to the pings that have just been read. */
  #pongs: Uint8Array[] = [];
  /** What is wrong with the frames that the client has sent. */
  #frameProblem: ChatError | undefined;
  /** Whether nothing more can come: the client has begun to close, or sends garbage. */
  #isOver = false;

  /** Messages from the client may hold a frame of `frameBytesMax` with its length in front. */
  constructor(socket: Socket, shared: SharedParts, frameBytesMax: number) {
    super(socket, shared);
    this.#counts = shared.waiting;
    this.#receiver = receiverFor(this, frameBytesMax + lengthPrefixBytesMax);
  }

  protected received(bytes: Uint8Array): number {
    if (this.#isOver || this.isDone) return bytes.length;
    this.readingBegins();
    const taken = this.#read(bytes);
    this.#flushPongs();
    if (!this.#isOver) {
      if (this.#tracker.isMidMessage) this.messageBegun();
      else this.nothingBegun();
      this.#count();
    }
    this.readingEnds();
    return this.#isOver ? bytes.length : taken;
  }

  /** Messages that have come with one read follow, until `readingEnds`. */
  protected abstract readingBegins(): void;
  protected abstract readingEnds(): void;

  /** Whether nothing that comes from the client has any meaning any more. */
  protected abstract get isDone(): boolean;

  /** Whether what arrives is taken now; if not, `resume` follows. */
  protected abstract get isReading(): boolean;

  /** The client has sent a message. */
  abstract message(data: Buffer, isBinary: boolean): void;

  /** Some, but not all, of a message or a control frame has arrived. */
  protected abstract messageBegun(): void;

  /** All that was begun has arrived. */
  protected abstract nothingBegun(): void;

  /** The client breaks the rules; nothing follows. */
  protected abstract garbled(error: ChatError): void;

  /** A ping or pong has come; `answer` answers it. */
  protected abstract pinged(answer: () => void): void;

  /** The client does not take the answers to its pings; `caughtUp` follows. */
  protected abstract pongsWait(): void;

  onPing(payload: Uint8Array): void {
    this.pinged(() => {
      this.#pongs.push(controlFrame(opcodes.pong, payload));
    });
  }

  onPong(): void {
    this.pinged(() => {});
  }

  /** The client has sent its close frame, after all that it will send. */
  onConclude(): void {
    this.#flushPongs();
    this.#isOver = true;
    this.nothingBegun();
    this.peerEnded();
  }

  onError(error: Error & { readonly code?: string }): void {
    this.#isOver = true;
    const { code, sentence } = receiverErrors.get(error.code ?? '') ?? badWebSocket;
    this.#frameProblem = new ChatError(code, sentence, { cause: error });
    this.garbled(this.#frameProblem);
  }

  override closed(): void {
    super.closed();
    this.#counts.changed(this.#bytesCounted, 0);
    this.#bytesCounted = this.#bytesKept = 0;
  }

  protected sayLast(code: ErrorCode | undefined): void {
    if (code === undefined) this.write(closeFrame(closeCodes.normal, ''));
    else {
      const facts = factsOf(code);
      const sentence =
        this.#frameProblem?.code === code ? this.#frameProblem.message : facts.sentence;
      this.write(closeFrame(facts.closeCode, sentence));
    }
  }

  /** Reads a frame at a time, as reading may have to stop after any of them. */
  #read(bytes: Uint8Array): number {
    let position = 0;
    while (position < bytes.length && !this.#isOver && this.isReading) {
      const start = position;
      const wasMidMessage = this.#tracker.isMidMessage;
      const wasInPayload = this.#tracker.isInPayload;
      position = this.#tracker.follow(bytes, start);
      const part = bytes.subarray(start, position);
      if (wasMidMessage || this.#tracker.isMidMessage) this.#keep(part, wasInPayload);
      else this.#receiver.write(part);
    }
    return position;
  }

  /**
   * Hands on a part of a message. The receiver keeps it until it has all, so it gets a copy;
   * small parts of a payload are put together first.
   */
  #keep(part: Uint8Array, wasInPayload: boolean): void {
    // Control frames may come in between, and are not kept.
    if (!this.#tracker.isControl) this.#bytesKept += part.length;
    if (this.#pieceBytes + part.length > pieceBytesMin) this.#handOn();
    if (part.length >= pieceBytesMin) {
      this.#receiver.write(new Uint8Array(part));
      return;
    }
    this.#piece ??= new Uint8Array(pieceBytesMin);
    this.#piece.set(part, this.#pieceBytes);
    this.#pieceBytes += part.length;
    const isMidPayload = wasInPayload && this.#tracker.isInPayload;
    if (!isMidPayload || this.#pieceBytes === pieceBytesMin) this.#handOn();
  }

  #handOn(): void {
    if (this.#pieceBytes === 0) return;
    const piece = this.#piece!.slice(0, this.#pieceBytes);
    this.#pieceBytes = 0;
    this.#receiver.write(piece);
  }

  /** Counts what is kept. */
  #count(): void {
    if (!this.#tracker.isMidMessage) {
      this.#bytesKept = 0;
      this.#piece = undefined;
    }
    if (this.#bytesKept === this.#bytesCounted) return;
    this.#counts.changed(this.#bytesCounted, this.#bytesKept);
    this.#bytesCounted = this.#bytesKept;
  }

  /** Answers the pings that were read with one write. */
  #flushPongs(): void {
    if (this.#pongs.length === 0) return;
    const pongs = Buffer.concat(this.#pongs);
    this.#pongs = [];
    if (!this.write(pongs)) this.pongsWait();
  }
}

/** Why a client's frames are refused. */
interface WebSocketProblem {
  readonly code: ErrorCode;
  /** In the place of the code's own. */
  readonly sentence?: string;
}

const badWebSocket: WebSocketProblem = { code: ErrorCode.ERROR_CODE_BAD_WEBSOCKET };
const tooLarge: WebSocketProblem = { code: ErrorCode.ERROR_CODE_FRAME_TOO_LARGE };

/** The refusals of the package that have a code of their own. */
const receiverErrors: ReadonlyMap<string, WebSocketProblem> = new Map([
  ['WS_ERR_INVALID_UTF8', { code: ErrorCode.ERROR_CODE_INVALID_UTF8 }],
  ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', tooLarge],
  ['WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', tooLarge],
  [
    'WS_ERR_TOO_MANY_BUFFERED_PARTS',
    { ...tooLarge, sentence: `the message came in more than ${fragmentsMax} fragments` },
  ],
]);

const owner = Symbol('connection');

/** A receiver that knows its connection, so that all can share their handlers. */
interface OwnedReceiver extends Writable {
  [owner]: WebSocketConnection;
}

function receiverFor(connection: WebSocketConnection, maxPayload: number): Writable {
  const receiver = new Receiver({
    isServer: true,
    maxPayload,
    maxFragments: fragmentsMax,
    // A header may come a byte at a time, and then the payload in pieces as above.
    maxBufferedChunks: headerBytesMax + Math.ceil(maxPayload / pieceBytesMin),
  });
  (receiver as OwnedReceiver)[owner] = connection;
  receiver.on('message', onMessage).on('ping', onPing).on('pong', onPong);
  return receiver.on('conclude', onConclude).on('error', onError);
}

function onMessage(this: OwnedReceiver, data: Buffer, isBinary: boolean): void {
  this[owner].message(data, isBinary);
}

function onPing(this: OwnedReceiver, payload: Buffer): void {
  this[owner].onPing(payload);
}

function onPong(this: OwnedReceiver): void {
  this[owner].onPong();
}

function onConclude(this: OwnedReceiver): void {
  this[owner].onConclude();
}

function onError(this: OwnedReceiver, error: Error): void {
  this[owner].onError(error);
}
