import { browserPackages } from '../../scripts/system-packages.js';
import { need } from '../support/needs.js';
import { PageServer } from '../support/page-server.js';
import { TestBrowser } from '../support/browser.js';

describe('the page', () => {
  let browser: TestBrowser;
  let server: PageServer;

  before(async function () {
    need(this, browserPackages);
    browser = await TestBrowser.launch();
  });

  after(async () => {
    await browser?.close();
  });

  beforeEach(async () => {
    server = await PageServer.start();
  });

  afterEach(async () => {
    await browser.endVisits();
    await server[Symbol.asyncDispose]();
  });

  it('lets two people chat in one room, and says who is there', async () => {
    const alice = await browser.enter(server.url, 'alice');
    const bob = await browser.enter(server.url, 'bob');
    await alice.say('hello, everybody');
    await bob.sees('hello, everybody');
    await bob.say('hi alice');
    await alice.sees('hi alice');
    await alice.reads('2 people');
    await alice.page.screenshot({ path: '/tmp/wt/shot1.png' });
  });
});
