import { browserPackages } from '../../scripts/system-packages.js';
import { connect, type ChatClient, type ConnectOptions } from '../../src/index.js';
import { TestBrowser } from './browser.js';
import { need } from './needs.js';
import { PageServer } from './page-server.js';

/** What the tests of a suite have of the page: a browser for all, a server for each. */
export class PageTests {
  browser!: TestBrowser;
  server!: PageServer;
  readonly #clients: ChatClient[] = [];

  /** Adds what starts and ends them to the suite that is being described. */
  static prepare(): PageTests {
    const tests = new PageTests();
    before(async function () {
      need(this, browserPackages);
      tests.browser = await TestBrowser.launch();
    });
    beforeEach(async () => {
      tests.server = await PageServer.start();
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

  /** Somebody at another kind of client. */
  async connect(name: string, options: ConnectOptions = {}): Promise<ChatClient> {
    const client = await connect(this.server.tcpUrl, { name, ...options });
    this.#clients.push(client);
    return client;
  }

  /** Fills a room with messages `message 1`, `message 2` and so on. */
  async fill(room: string, count: number, sender = 'archive'): Promise<void> {
    await using client = await connect(this.server.tcpUrl, { name: sender, rooms: [room] });
    const sent: Array<Promise<unknown>> = [];
    for (let number = 1; number <= count; number += 1) {
      sent.push(client.send(`message ${number}`, { room }));
      if (sent.length === 1000) await Promise.all(sent.splice(0));
    }
    await Promise.all(sent);
  }

  async #end(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
    await this.server[Symbol.asyncDispose]();
  }
}
