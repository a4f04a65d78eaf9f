import { expect } from 'chai';
import { join } from 'node:path';
import { browserPackages, terminalPackages } from '../../scripts/system-packages.js';
import { connect } from '../../src/index.js';
import { reconnectAtOnce } from '../support/chat-clients.js';
import { TestBrowser } from '../support/browser.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { need } from '../support/needs.js';
import { Program, root } from '../support/programs.js';
import { Terminals } from '../support/terminal.js';
import { Wire } from '../support/wire.js';

/** The program, on two free ports, with all that it stores in a folder. */
async function startServer(folder: string): Promise<{ program: Program; urls: string[] }> {
  const ports = ['--port', '0', '--http-port', '0'];
  const program = new Program('server', [...ports, '--data', folder]);
  const [, tcp, http] = await program.prints(/listening on (tcp:\S+)\nlistening on (http:\S+)\n/);
  return { program, urls: [tcp!, http!] };
}

describe('pages and other clients of one server', () => {
  let browser: TestBrowser;
  let terminals: Terminals;
  let folder: string;

  before(async function () {
    need(this, [...browserPackages, ...terminalPackages]);
    browser = await TestBrowser.launch();
  });

  after(async () => (browser as TestBrowser | undefined)?.close());

  beforeEach(async () => {
    folder = await makeFolder();
    terminals = new Terminals();
  });

  afterEach(async () => {
    await terminals.close();
    await browser.endVisits();
    await removeFolder(folder);
  });

  it('chat in one room: two pages and a terminal', async () => {
    const { program, urls } = await startServer(folder);
    const [tcpUrl, httpUrl] = urls as [string, string];
    const client = join(root, 'dist', 'src', 'cli', 'client.js');
    const flags = ['--username', 'carol', '--type', 'broadcast'];
    const carol = await terminals.open([process.execPath, client, tcpUrl, ...flags]);
    await carol.shows(/connected as carol/);
    const alice = await browser.enter(httpUrl, 'alice');
    const bob = await browser.enter(httpUrl, 'bob');
    await alice.say('from a page');
    await carol.shows(/^\[alice\] \(broadcast\)from a page$/m);
    await bob.sees('from a page');
    await carol.enter('from a terminal');
    await alice.sees('from a terminal');
    await bob.sees('from a terminal');
    await alice.reads('3 people');
    alice.mayLoseServer = bob.mayLoseServer = true;
    await program.stop();
  });

  it('go on without loss when the server was killed and started again', async () => {
    const first = await startServer(folder);
    await using wire = await Wire.to(Number(new URL(first.urls[1]!).port));
    const alice = await browser.enter(`http://127.0.0.1:${wire.port}/`, 'alice');
    alice.mayLoseServer = true;
    await alice.say('before');
    await alice.message('before').getByText('Sent', { exact: true }).waitFor();
    wire.freeze();
    await alice.say('under way');
    await alice.message('under way').getByText('Sending…').waitFor();
    wire.cut();
    await first.program.stop();
    await alice.button('Reconnect now').waitFor();
    await alice.say('without a server');

    const second = await startServer(folder);
    await using bob = await connect(second.urls[0]!, { name: 'bob' });
    reconnectAtOnce(bob);
    for (const text of ['missed one', 'missed two']) await bob.send(text);
    wire.thaw();
    wire.mend(Number(new URL(second.urls[1]!).port));
    await alice.reconnect();
    await alice.reads('#lobby: caught up: 2 messages');
    await alice.message('without a server').getByText('Sent', { exact: true }).waitFor();
    const texts = await alice.page.locator('.message .text').allInnerTexts();
    expect(texts).to.deep.equal([
      ...['before', 'missed one', 'missed two'],
      ...['under way', 'without a server'],
    ]);
    await alice.leave();
    await second.program.stop();
  });
});
