import { createServer, type ChatServer, type ServerOptions } from '../../src/index.js';
import { tcpDialect } from './dialect.js';
import { RawClient, type ClientOptions } from './raw-client.js';

const failureMs = 10_000;

/** A server of one test and the clients that the test made; `await using` ends them all. */
export class TestServer implements AsyncDisposable {
  readonly chat: ChatServer;
  readonly #clients: RawClient[] = [];

  private constructor(chat: ChatServer) {
    this.chat = chat;
  }

  static async start(options: ServerOptions = {}): Promise<TestServer> {
    return new TestServer(
      await createServer({
        port: 0,
        httpPort: 0,
        store: 'memory',
        drainTimeoutMs: 1000,
        ...options,
      }),
    );
  }

  get port(): number {
    return this.chat.port;
  }

  /** A connection that has said nothing yet. */
  async connect(options?: ClientOptions): Promise<RawClient> {
    return this.#kept(await RawClient.connect(this.#portFor(options), options));
  }

  /** A bare session that the server is known to have taken. */
  async bare(options?: ClientOptions): Promise<RawClient> {
    const client = await this.connect(options);
    await client.roundTrip();
    return client;
  }

  /** A session that has said hello. */
  async full(name?: string, options?: ClientOptions): Promise<RawClient> {
    return this.#kept(await RawClient.full(this.#portFor(options), name, options));
  }

  /** A session that has said hello with the token of an earlier one. */
  async again(token: string, name?: string, options?: ClientOptions): Promise<RawClient> {
    return this.#kept(await RawClient.full(this.#portFor(options), name, options, token));
  }

  /** Settles when the server has so many sessions. */
  async sessions(count: number): Promise<void> {
    const deadline = performance.now() + failureMs;
    while (this.chat.sessionCount !== count) {
      if (performance.now() > deadline) {
        throw new Error(`still ${this.chat.sessionCount} sessions instead of ${count}`);
      }
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** Ends the connections of all clients, without a word. */
  disconnect(): void {
    for (const client of this.#clients) client[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disconnect();
    await this.chat.close();
  }

  #portFor({ dialect = tcpDialect }: ClientOptions = {}): number {
    return dialect.portOf(this.chat);
  }

  #kept(client: RawClient): RawClient {
    this.#clients.push(client);
    return client;
  }
}
