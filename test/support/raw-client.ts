import type { Socket } from 'node:net';
import { decodeMessage } from '../../src/protocol/codec.js';
import {
  MessageType,
  type ChatMessage,
  type Control,
  type ControlKind,
  type Welcome,
} from '../../src/protocol/messages.js';
import { tcpDialect, type Dialect, type DialectDecoder } from './dialect.js';
import { Inbox } from './inbox.js';
import { helloOf } from './hello.js';

export { framesOf } from './dialect.js';

/** How a test's client behaves. */
export interface ClientOptions {
  /** What it speaks; plain TCP if nothing else is said. */
  readonly dialect?: Dialect;
  readonly host?: string;
  /** False for a peer that takes nothing from its socket until `resume`. */
  readonly reading?: boolean;
  /** True for a peer that leaves its side open when the server closes. */
  readonly allowHalfOpen?: boolean;
  /** True for a peer that gets text instead of frames; it is read with `textUntilClosed`. */
  readonly text?: boolean;
  /** True for a peer that is to see the server's pings; otherwise they are answered unseen. */
  readonly pings?: boolean;
}

/** Why the server closes, on transports with codes for that. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** A frame as it came, after its length prefix. */
interface Frame {
  readonly message: ChatMessage;
  readonly bytes: Uint8Array;
}

/**
 * A test's peer: sends any bytes, and awaits what comes back. Every wait ends with an
 * error that names what was awaited.
 */
export class RawClient implements Disposable {
  readonly socket: Socket;
  readonly #dialect: Dialect;
  readonly #decoder: DialectDecoder;
  readonly #frames = new Inbox<Frame>();
  #text = '';
  #hasEnded = false;
  #problem: Error | undefined;
  #roundTrips = 0;
  /** Of a full session. */
  welcome: Welcome | undefined;
  /** Why the server has closed; undefined where there are no codes for that. */
  closing: Closing | undefined;

  private constructor(socket: Socket, options: ClientOptions) {
    const { dialect = tcpDialect, text = false, pings = false, allowHalfOpen = false } = options;
    this.socket = socket;
    this.#dialect = dialect;
    this.#decoder = dialect.decoder({
      message: (bytes, start, end) => {
        const message = decodeMessage(bytes, start, end);
        if (message.control?.$case === 'ping' && !pings) {
          this.control({ $case: 'pong', pong: message.control.ping });
          return;
        }
        this.#frames.push({ message, bytes: bytes.slice(start, end) });
      },
      closing: (code, reason) => {
        this.closing = { code, reason };
        if (!allowHalfOpen && !this.#hasEnded && socket.writable) this.sendBytes(dialect.farewell);
      },
    });
    socket.on('data', (chunk) => {
      if (text) this.#text += chunk.toString('utf8');
      else this.#receive(chunk);
    });
    socket.on('error', (error) => {
      this.#problem = error;
    });
    socket.on('close', () => this.#frames.end(this.#problem));
  }

  /** Settles when the connection stands; rejects when it is not taken. */
  static async connect(port: number, options: ClientOptions = {}): Promise<RawClient> {
    const { dialect = tcpDialect, host = '127.0.0.1', allowHalfOpen = false } = options;
    const client = new RawClient(await dialect.open({ port, host, allowHalfOpen }), options);
    if (options.reading === false) client.pause();
    return client;
  }

  /** A session that has said hello; `name` and `token` as in `Hello`. */
  static async full(
    port: number,
    name = '',
    options: ClientOptions = {},
    token?: string,
  ): Promise<RawClient> {
    const client = await RawClient.connect(port, options);
    await client.enter(name, token);
    return client;
  }

  /** Says hello; settles when that is answered with a welcome. */
  async enter(name = '', token?: string): Promise<void> {
    this.hello(name, 1, token);
    this.welcome = (await this.untilControl('welcome')).welcome;
  }

  /** The name that the server gave this full session. */
  get name(): string {
    return this.welcome!.name;
  }

  /** How many frames have arrived that nobody has asked for yet. */
  get pending(): number {
    return this.#frames.pending;
  }

  get isClosed(): boolean {
    return this.#frames.isEnded;
  }

  sendBytes(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  send(...messages: readonly Partial<ChatMessage>[]): void {
    this.sendBytes(this.#dialect.encode(messages));
  }

  echo(content: string, more: Partial<ChatMessage> = {}): void {
    this.send({ content, ...more });
  }

  broadcast(content: string, more: Partial<ChatMessage> = {}): void {
    this.send({ content, type: MessageType.BROADCAST, ...more });
  }

  control(control: Control, more: Partial<ChatMessage> = {}): void {
    this.send({ control, ...more });
  }

  hello(name = '', version = 1, token?: string): void {
    const credential = token === undefined ? undefined : ({ $case: 'token', token } as const);
    this.control({
      $case: 'hello',
      hello: helloOf({ version, name, credential, client: 'scenario' }),
    });
  }

  /** The next frame's message. */
  async next(): Promise<ChatMessage> {
    return (await this.#frames.next('the next message')).message;
  }

  /** The next frame's bytes, without the length prefix. */
  async nextBytes(): Promise<Uint8Array> {
    return (await this.#frames.next('the next frame')).bytes;
  }

  /** The next `count` messages. */
  async nextMany(count: number): Promise<ChatMessage[]> {
    const messages: ChatMessage[] = [];
    while (messages.length < count) {
      const what = `message ${messages.length + 1} of ${count}`;
      messages.push((await this.#frames.next(what)).message);
    }
    return messages;
  }

  /** The next control message, which must be of this kind. */
  async nextControl<Kind extends ControlKind>(kind: Kind): Promise<Of<Kind>> {
    const { message } = await this.#frames.next(`a ${kind}`);
    if (message.control?.$case === kind) return message.control as Of<Kind>;
    throw new Error(`expected a ${kind}, not ${JSON.stringify(message)}`);
  }

  /** All messages up to the first that fits, with it. */
  async until(fits: (message: ChatMessage) => boolean, what: string): Promise<ChatMessage[]> {
    const messages: ChatMessage[] = [];
    for (;;) {
      const { message } = await this.#frames.next(what);
      messages.push(message);
      if (fits(message)) return messages;
    }
  }

  /** The first control message of this kind, whatever comes before it. */
  async untilControl<Kind extends ControlKind>(kind: Kind): Promise<Of<Kind>> {
    const messages = await this.until(({ control }) => control?.$case === kind, `a ${kind}`);
    return messages.at(-1)!.control as Of<Kind>;
  }

  /** An echo there and back, which must be the next thing that arrives. */
  async roundTrip(): Promise<void> {
    this.#roundTrips += 1;
    const content = `round trip ${this.#roundTrips}`;
    const expected = this.welcome === undefined ? `(echo)${content}` : content;
    this.echo(content);
    const { message } = await this.#frames.next(`the echo of "${content}"`);
    if (message.content !== expected || message.type !== MessageType.ECHO) {
      throw new Error(`expected the echo of "${content}", not ${JSON.stringify(message)}`);
    }
  }

  /** Settles when the connection is closed, whoever did it. */
  async closed(): Promise<void> {
    await this.#frames.until(() => this.isClosed, 'the end of the connection');
  }

  /** Everything that arrives before the server closes the connection in good order. */
  async untilClosed(): Promise<ChatMessage[]> {
    const frames = await this.#frames.rest();
    if (!this.#decoder.isAtGoodEnd) throw new Error('the connection ended where it must not');
    return frames.map(({ message }) => message);
  }

  /** What a `text` client got before the server closed the connection in good order. */
  async textUntilClosed(): Promise<string> {
    await this.closed();
    if (this.#problem !== undefined) throw this.#problem;
    return this.#text;
  }

  /** Ends the sending side as is polite: says so, where there is a way to, and no more. */
  end(): void {
    this.#hasEnded = true;
    if (this.#dialect.farewell.length > 0) this.sendBytes(this.#dialect.farewell);
    else this.socket.end();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #receive(chunk: Uint8Array): void {
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      this.#problem = error as Error;
      this.socket.destroy();
    }
  }
}

/** The control messages of one kind. */
type Of<Kind extends ControlKind> = Extract<Control, { readonly $case: Kind }>;
