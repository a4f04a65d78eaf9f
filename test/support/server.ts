import { createServer, type ChatServer, type ServerOptions } from '../../src/index.js';
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
    return this.#kept(await RawClient.connect(this.port, options));
  }

  /** A bare session that the server is known to have taken. */
  async bare(options?: ClientOptions): Promise<RawClient> {
    const client = await this.connect(options);
    await client.roundTrip();
    return client;
  }

  /** A session that has said hello. */
  async full(name?: string, options?: ClientOptions): Promise<RawClient> {
    return this.#kept(await RawClient.full(this.port, name, options));
  }

  /** A session that has said hello with the token of an earlier one. */
  async again(token: string, name?: string): Promise<RawClient> {
    return this.#kept(await RawClient.full(this.port, name, {}, token));
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

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client[Symbol.dispose]();
    await this.chat.close();
  }

  #kept(client: RawClient): RawClient {
    this.#clients.push(client);
    return client;
  }
}
