import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { introduce } from '../core/hello.js';
import type { Node } from '../core/node.js';
import type { Session } from '../core/session.js';
import { chatMessage, encodeFrame } from '../protocol/codec.js';
import { ChatError, closeCodes, factsOf } from '../protocol/errors.js';
import { lengthPrefixBytesMax } from '../protocol/limits.js';
import { ErrorCode, MessageType } from '../protocol/messages.js';
import {
  closeFrame,
  controlFrame,
  MessageTracker,
  opcodes,
} from '../protocol/websocket-framing.js';
import { Receiver } from '../ws.js';
import { frameOfJson } from './json-messages.js';
import { SocketConnection, unremarkableBytes } from './socket-connection.js';
import type { StallWatch } from './stall-watch.js';

/** What messages a connection is of, or `any`: that is what the first one is. */
export type Subprotocol = 'binary' | 'json' | 'any';

/** More pieces of one message than anybody sends, even a byte at a time. */
const fragmentsMax = 8192;

/** What a connection is opened with. */
export interface WebSocketOptions {
  readonly node: Node;
  readonly socket: Socket;
  readonly stalls: StallWatch;
  readonly subprotocol: Subprotocol;
  /** Empty for a guest's. */
  readonly username: string;
}

/**
 * A WebSocket after its handshake. What it is sent are the same bytes as all others of
 * its encoding are sent, in frames already, so they go to the socket as they are.
 */
export class WebSocketConnection extends SocketConnection {
  readonly transport = 'websocket';
  readonly encoding: 'binary' | 'json' | 'text';
  readonly mustSpeak = true;
  protected readonly session: Session | undefined;
  readonly #receiver: Writable;
  readonly #tracker = new MessageTracker();
  /** What the client's messages are; undefined before the first that tells. */
  #kind: 'binary' | 'json' | 'text' | undefined;
  /** The last ping that is not answered, as more is on its way than the client takes. */
  #pingPayload: Uint8Array | undefined;
  /** Whether nothing more can come: the client has begun to close, or sends garbage. */
  #isOver = false;
  /** Why the name in the URL was refused. */
  #nameRefusal: ErrorCode | undefined;

  constructor({ node, socket, stalls, subprotocol, username }: WebSocketOptions) {
    super(socket, stalls);
    this.encoding = subprotocol === 'any' ? 'text' : subprotocol;
    this.#kind = subprotocol === 'any' ? undefined : subprotocol;
    this.#receiver = receiverFor(this, node.limits.frameBytesMax);
    this.session = node.accept(this);
    if (username !== '') this.#introduce(username);
  }

  received(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#tracker.push(chunk);
    this.#receiver.write(chunk);
    if (this.#tracker.isMidMessage) this.session?.intake.messageBegun();
    else this.session?.intake.nothingBegun();
  }

  /** The client has sent a message. */
  message(data: Uint8Array, isBinary: boolean): void {
    const intake = this.session?.intake;
    if (intake === undefined) return;
    try {
      this.#kind ??= this.#decide(isBinary);
      if (isBinary !== (this.#kind === 'binary')) {
        throw new ChatError(ErrorCode.ERROR_CODE_WRONG_MESSAGE_KIND);
      }
      intake.pushMessage(frames(this.#kind, data));
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      intake.pushGarbage(error);
    }
  }

  pinged(payload: Uint8Array): void {
    this.session?.intake.pushSignOfLife();
    this.#pingPayload = payload;
    this.#pong();
  }

  ponged(): void {
    this.session?.intake.pushSignOfLife();
  }

  /** The client has sent its close frame, behind all that it will send. */
  concluded(): void {
    this.#isOver = true;
    this.session?.ended();
  }

  /** What the client has sent is no WebSocket any more. */
  garbled(error: Error & { readonly code?: string }): void {
    this.#isOver = true;
    const code = receiverErrors.get(error.code ?? '') ?? ErrorCode.ERROR_CODE_BAD_WEBSOCKET;
    this.session?.intake.pushGarbage(new ChatError(code, undefined, { cause: error }));
  }

  override drained(): void {
    super.drained();
    if (!this.isEnding) this.#pong();
  }

  protected sayLast(code: ErrorCode | undefined): void {
    const why = code ?? this.#nameRefusal;
    if (why === undefined) this.write(closeFrame(closeCodes.normal, ''));
    else this.write(closeFrame(factsOf(why).closeCode, factsOf(why).sentence));
  }

  /** Answers the last ping, unless that would only wait (RFC 6455 section 5.5.3). */
  #pong(): void {
    if (this.#pingPayload === undefined || this.bytesWaiting > unremarkableBytes) return;
    this.write(controlFrame(opcodes.pong, this.#pingPayload));
    this.#pingPayload = undefined;
  }

  #decide(isBinary: boolean): 'binary' | 'text' {
    if (isBinary) this.session?.useEncoding('binary');
    return isBinary ? 'binary' : 'text';
  }

  #introduce(username: string): void {
    const { session } = this;
    if (session === undefined) return;
    try {
      introduce(session, username);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      // Whoever asked for a name does not want to be a guest instead.
      this.#nameRefusal = error.code;
      session.intake.pushGarbage(error);
      session.ended();
    }
  }
}

/** The frames that a message stands for. Throws `ChatError` when it stands for none. */
function frames(kind: 'binary' | 'json' | 'text', data: Uint8Array): Uint8Array {
  switch (kind) {
    case 'binary':
      return data;
    case 'json':
      return frameOfJson(data.toString());
    case 'text':
      return encodeFrame(chatMessage({ content: data.toString(), type: MessageType.BROADCAST }));
  }
}

/** The refusals of the package that have a code of their own. */
const receiverErrors: ReadonlyMap<string, ErrorCode> = new Map([
  ['WS_ERR_INVALID_UTF8', ErrorCode.ERROR_CODE_INVALID_UTF8],
  ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', ErrorCode.ERROR_CODE_FRAME_TOO_LARGE],
  ['WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', ErrorCode.ERROR_CODE_FRAME_TOO_LARGE],
  ['WS_ERR_TOO_MANY_BUFFERED_PARTS', ErrorCode.ERROR_CODE_FRAME_TOO_LARGE],
]);

const owner = Symbol('connection');

/** A receiver that knows its connection, so that all can share their handlers. */
interface OwnedReceiver extends Writable {
  [owner]: WebSocketConnection;
}

function receiverFor(connection: WebSocketConnection, frameBytesMax: number): Writable {
  const receiver = new Receiver({
    isServer: true,
    // A frame may be there with its length in front.
    maxPayload: frameBytesMax + lengthPrefixBytesMax,
    maxFragments: fragmentsMax,
    maxBufferedChunks: fragmentsMax,
  });
  (receiver as OwnedReceiver)[owner] = connection;
  receiver.on('message', onMessage).on('ping', onPing).on('pong', onPong);
  return receiver.on('conclude', onConclude).on('error', onError);
}

function onMessage(this: OwnedReceiver, data: Buffer, isBinary: boolean): void {
  this[owner].message(data, isBinary);
}

function onPing(this: OwnedReceiver, payload: Buffer): void {
  this[owner].pinged(payload);
}

function onPong(this: OwnedReceiver): void {
  this[owner].ponged();
}

function onConclude(this: OwnedReceiver): void {
  this[owner].concluded();
}

function onError(this: OwnedReceiver, error: Error): void {
  this[owner].garbled(error);
}
