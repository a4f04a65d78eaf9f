import { chatMessage } from '../protocol/codec.js';
import { ChatError } from '../protocol/errors.js';
import { defaultLimits } from '../protocol/limits.js';
import {
  ErrorCode,
  MessageType,
  type ChatMessage,
  type Control,
  type Limits,
  type Welcome,
} from '../protocol/messages.js';
import { utf8Bytes } from '../protocol/utf8.js';
import { ConnectionError } from './errors.js';
import { Link } from './link.js';
import { Listeners } from './listeners.js';
import { MessageQueue } from './message-queue.js';
import type { Dial } from './stream.js';

/** How to connect. */
export interface ConnectOptions {
  /** The name that others see; without one, the server gives a guest's name. */
  readonly name?: string;
  /** How long to wait until the server has welcomed the session; 8,000 by default. */
  readonly timeoutMs?: number;
  /** Program and version, for the server's log, which keeps 64 characters of it. */
  readonly clientName?: string;
}

/** How to send. */
export interface SendOptions {
  /** BROADCAST by default. */
  readonly type?: MessageType;
  /** The room to broadcast to; the lobby by default. */
  readonly room?: string;
}

/** What a client tells; see `ChatClient.on`. */
export interface ClientEvents {
  /** A message has arrived: an echo, or a broadcast, one's own included. */
  message: readonly [message: ChatMessage];
  /** Messages of a room that this client will not get. */
  gap: readonly [gap: Extract<Control, { $case: 'gap' }>['gap']];
  /** The server has refused something that no `send` is waiting for. */
  refused: readonly [error: ChatError];
  /** The server reads this session more slowly from now on: it sends too fast. */
  throttled: readonly [messagesPerSecond: number];
  /** The connection is gone. The error's kind is `closed` after `close()`, otherwise `lost`. */
  close: readonly [error: ConnectionError];
}

interface Pending {
  readonly resolve: (message: ChatMessage) => void;
  readonly reject: (error: Error) => void;
}

const defaultTimeoutMs = 8000;

/**
 * One session on a server. Made by `connect`:
 *
 *     const client = await connect('tcp://127.0.0.1:4444', { name: 'alice' });
 *     client.on('message', (message) => console.log(message.sender, message.content));
 *     await client.send('hello');
 *     await client.close();
 *
 * or, instead of events, `for await (const message of client)`. The protocol behind
 * it is that of full sessions in chat.proto.
 */
export class ChatClient implements AsyncIterable<ChatMessage>, AsyncDisposable {
  /** The session's name, as others see it. */
  readonly name: string;
  /** What the server holds the session to. */
  readonly limits: Limits;

  readonly #link: Link;
  readonly #listeners = new Listeners<ClientEvents>();
  readonly #pending = new Map<string, Pending>();
  readonly #idPrefix = randomHex();
  #idsEver = 0;
  #end: ConnectionError | undefined;

  private constructor(link: Link, welcome: Welcome) {
    this.#link = link;
    this.name = welcome.name;
    this.limits = welcome.limits ?? defaultLimits;
    link.owner = {
      message: (message) => this.#received(message),
      closed: (error) => this.#closed(error),
    };
  }

  /**
   * Connects with the given way of dialling and says hello.
   *
   * Rejects with `ConnectionError` (any kind but `closed`), or with `ChatError`
   * when the server refuses, a name that is in use for instance.
   */
  static async connect(url: URL, dial: Dial, options: ConnectOptions = {}): Promise<ChatClient> {
    const { timeoutMs = defaultTimeoutMs } = options;
    const link = new Link();
    const abort = new AbortController();
    const late = new ConnectionError(
      'timedOut',
      `${url.host} did not answer within ${timeoutMs / 1000} s`,
    );
    const timer = setTimeout(() => {
      abort.abort(late);
      link.fail(late);
    }, timeoutMs);
    try {
      const welcome = await link.open(url, dial, options, abort.signal);
      return new ChatClient(link, welcome);
    } catch (error) {
      link.destroy();
      throw abort.signal.aborted ? late : error;
    } finally {
      clearTimeout(timer);
      // Whoever awaits this adds listeners at once; what follows the welcome comes then.
      setTimeout(() => link.resume(), 0);
    }
  }

  /**
   * Sends a text. Settles when the server has confirmed it: with the echo, or with
   * one's own broadcast as everybody gets it.
   *
   * Rejects with `ChatError` when the server refuses it, and with `ConnectionError`
   * when the connection ends before.
   */
  async send(
    content: string,
    { type = MessageType.BROADCAST, room = '' }: SendOptions = {},
  ): Promise<ChatMessage> {
    if (this.#end !== undefined) throw this.#end;
    if (this.#link.isEnding) throw new ConnectionError('closed', 'this client was closed');
    this.#check(content, type);
    this.#idsEver += 1;
    const id = `${this.#idPrefix}-${this.#idsEver}`;
    return await new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#link.write(chatMessage({ content, type, id, room }));
    });
  }

  /** Has a function called with each event of that kind; returns a function that ends that. */
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (...args: ClientEvents[Name]) => void,
  ): () => void {
    return this.#listeners.on(name, listener);
  }

  /**
   * All messages from now on, until the client is closed. Throws the
   * `ConnectionError` when the connection is lost. What the loop has not taken yet
   * is kept in memory.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ChatMessage> {
    const queue = new MessageQueue<ChatMessage>(() => {
      stopMessages();
      stopClose();
    });
    const stopMessages = this.on('message', (message) => queue.push(message));
    const stopClose = this.on('close', (error) => {
      queue.end(error.kind === 'closed' ? undefined : error);
    });
    if (this.#end !== undefined) queue.end(this.#end.kind === 'closed' ? undefined : this.#end);
    return queue;
  }

  /** Sends what is on its way, closes, and settles when the connection is gone. */
  async close(): Promise<void> {
    await this.#link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Refuses what the server would refuse, which might end the connection for it. */
  #check(content: string, type: MessageType): void {
    const bytes = utf8Bytes(content);
    const max = this.limits.contentBytesMax;
    if (bytes > max) {
      const sentence = `the content has ${bytes} bytes, and ${max} is the limit`;
      throw new ChatError(ErrorCode.ERROR_CODE_CONTENT_TOO_LONG, sentence);
    }
    if (content === '' && type === MessageType.BROADCAST) {
      throw new ChatError(ErrorCode.ERROR_CODE_EMPTY_CONTENT);
    }
  }

  #received(message: ChatMessage): void {
    const { control } = message;
    if (control === undefined) {
      // First the event, then the promise: who waits for it finds the message told.
      this.#listeners.emit('message', message);
      const isOwn = message.type === MessageType.ECHO || message.sender === this.name;
      if (isOwn) this.#settle(message.id)?.resolve(message);
      return;
    }
    switch (control.$case) {
      case 'error': {
        const { code, message: sentence, id, suggestion } = control.error;
        const error = new ChatError(code, sentence, { suggestion });
        const pending = this.#settle(id);
        if (pending === undefined) this.#listeners.emit('refused', error);
        else pending.reject(error);
        return;
      }
      case 'ping':
        this.#link.write(chatMessage({ control: { $case: 'pong', pong: control.ping } }));
        return;
      case 'gap':
        this.#listeners.emit('gap', control.gap);
        return;
      case 'throttled':
        this.#listeners.emit('throttled', control.throttled.messagesPerSecond);
        return;
      default: // requests, which servers do not send, and answers to what was not asked
    }
  }

  #settle(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #closed(error: ConnectionError): void {
    this.#end = error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#listeners.emit('close', error);
  }
}

function randomHex(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
