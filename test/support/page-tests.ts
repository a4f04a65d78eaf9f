import { browserPackages } from '../../scripts/system-packages.js';
import {
  connect,
  type ChatClient,
  type ConnectOptions,
  type ServerOptions,
} from '../../src/index.js';
import { TestBrowser, type Visitor } from './browser.js';
import { need } from './needs.js';
import { TestServer } from './server.js';
import { Wire } from './wire.js';

/** What the tests of a suite have of the page: a browser for all, a server behind a wire for each. */
export class PageTests {
  browser!: TestBrowser;
  server!: TestServer;
  /** What is between the page and the server; other clients are connected directly. */
  wire!: Wire;
  readonly #clients: ChatClient[] = [];

  /** Adds what starts and ends them to the suite that is being described. */
  static prepare(options: ServerOptions = {}): PageTests {
    const tests = new PageTests();
    before(async function () {
      need(this, browserPackages);
      tests.browser = await TestBrowser.launch();
    });
    beforeEach(async () => {
      tests.server = await TestServer.start({ rateLimit: 0, ...options });
      tests.wire = await Wire.to(tests.server.chat.httpPort!);
    });
    afterEach(async () => {
      try {
        await tests.browser.endVisits();
      } finally {
        await tests.#end();
      }
    });
    // Where there is no browser, the hook before all has skipped the suite.
    after(async () => (tests.browser as TestBrowser | undefined)?.close());
    return tests;
  }

  /** Where the page is. */
  get url(): string {
    return `http://127.0.0.1:${this.wire.port}/`;
  }

  /** Where other clients connect. */
  get tcpUrl(): string {
    return this.server.chat.urls[0]!;
  }

  /** Somebody at another kind of client. */
  async connect(name: string, options: ConnectOptions = {}): Promise<ChatClient> {
    const client = await connect(this.tcpUrl, { name, ...options });
    this.#clients.push(client);
    return client;
  }

  /** Cuts the wire, and waits until the page has noticed. */
  async loseConnection(visitor: Visitor): Promise<void> {
    visitor.mayLoseServer = true;
    this.wire.cut();
    await visitor.button('Reconnect now').waitFor();
  }

  /** Mends the wire, and waits until the page is connected again. */
  async comeBack(visitor: Visitor): Promise<void> {
    this.wire.mend();
    await visitor.reconnect();
  }

  /** Fills a room with messages `message 1`, `message 2` and so on. */
  async fill(room: string, count: number, sender = 'archive'): Promise<void> {
    await using client = await connect(this.tcpUrl, { name: sender, rooms: [room] });
    const sent: Array<Promise<unknown>> = [];
    for (let number = 1; number <= count; number += 1) {
      sent.push(client.send(`message ${number}`, { room }));
      if (sent.length === 1000) await Promise.all(sent.splice(0));
    }
    await Promise.all(sent);
  }

  async #end(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
    await this.wire[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
