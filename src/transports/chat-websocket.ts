import type { Socket } from 'node:net';
import type { Node } from '../core/node.js';
import type { Session } from '../core/session.js';
import { broadcastFrame } from '../protocol/line-frame.js';
import { ChatError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/messages.js';
import { frameOfJson } from './json-messages.js';
import type { SharedParts } from './shared-parts.js';
import { WebSocketConnection } from './websocket-connection.js';

/** What a message in JSON costs more than the frame that it stands for, in work of a turn. */
const jsonWork = 8;

/** What messages a connection is of, or `any`: that is what the first one is. */
export type Subprotocol = 'binary' | 'json' | 'any';

/** What a connection is opened with. */
export interface ChatWebSocketOptions {
  readonly node: Node;
  readonly socket: Socket;
  readonly shared: SharedParts;
  readonly subprotocol: Subprotocol;
  /** Empty for a guest's. */
  readonly username: string;
}

/** A session over WebSocket (chat.proto, WebSocket). */
export class ChatWebSocket extends WebSocketConnection {
  readonly encoding: 'binary' | 'json' | 'text';
  protected readonly session: Session | undefined;
  readonly #contentBytesMax: number;
  /** What the client's messages are; undefined before the first that tells. */
  #kind: 'binary' | 'json' | 'text' | undefined;

  constructor({ node, socket, shared, subprotocol, username }: ChatWebSocketOptions) {
    super(socket, shared, node.limits.frameBytesMax);
    this.#contentBytesMax = node.limits.contentBytesMax;
    this.encoding = subprotocol === 'any' ? 'text' : subprotocol;
    this.#kind = subprotocol === 'any' ? undefined : subprotocol;
    this.session = node.accept(this);
    if (username !== '') this.session?.intake.pushName(username);
  }

  message(data: Buffer, isBinary: boolean): void {
    const intake = this.session?.intake;
    if (intake === undefined) return;
    try {
      this.#kind ??= this.#decide(isBinary);
      if (isBinary !== (this.#kind === 'binary')) {
        throw new ChatError(ErrorCode.ERROR_CODE_WRONG_MESSAGE_KIND);
      }
      intake.pushMessage(frames(this.#kind, data, this.#contentBytesMax));
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      intake.pushInvalid(error);
    }
    // It was parsed, also where it was refused.
    if (this.#kind === 'json') intake.worked(jsonWork);
  }

  protected readingBegins(): void {
    this.session?.intake.begin();
  }

  protected readingEnds(): void {
    this.session?.intake.end();
  }

  protected get isDone(): boolean {
    return this.session?.isOpen !== true;
  }

  protected get isReading(): boolean {
    return this.session?.intake.isOpen ?? true;
  }

  protected messageBegun(): void {
    this.session?.intake.messageBegun();
  }

  protected nothingBegun(): void {
    this.session?.intake.nothingBegun();
  }

  protected garbled(error: ChatError): void {
    this.session?.intake.broken(error);
  }

  protected pinged(answer: () => void): void {
    this.session?.intake.pushPing(answer);
  }

  protected pongsWait(): void {
    this.session?.intake.gate.shut('outbox');
  }

  #decide(isBinary: boolean): 'binary' | 'text' {
    if (isBinary) this.session?.useEncoding('binary');
    return isBinary ? 'binary' : 'text';
  }
}

/** The frames that a message stands for. Throws `ChatError` when it stands for none. */
function frames(
  kind: 'binary' | 'json' | 'text',
  data: Buffer,
  contentBytesMax: number,
): Uint8Array {
  switch (kind) {
    case 'binary':
      return data;
    case 'json':
      return frameOfJson(data.toString());
    case 'text':
      // It may be as long as a message, and longer than a frame then.
      if (data.length > contentBytesMax) {
        throw new ChatError(ErrorCode.ERROR_CODE_CONTENT_TOO_LONG);
      }
      return broadcastFrame(data);
  }
}
