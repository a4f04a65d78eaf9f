import { expect } from 'chai';
import { join } from 'node:path';
import { terminalPackages } from '../../scripts/system-packages.js';
import { connect, createServer, type ChatServer } from '../../src/index.js';
import { need } from '../support/needs.js';
import { root } from '../support/programs.js';
import { Terminals, type Terminal } from '../support/terminal.js';

describe('tcp-chat-client at a terminal', () => {
  let server: ChatServer;
  let terminals: Terminals;

  before(function () {
    need(this, terminalPackages);
  });

  beforeEach(async () => {
    server = await createServer({ port: 0, http: false, store: 'memory' });
    terminals = new Terminals();
  });

  afterEach(async () => {
    await terminals.close();
    await server.close();
  });

  async function open(...args: readonly string[]): Promise<Terminal> {
    const program = join(root, 'dist', 'src', 'cli', 'client.js');
    const terminal = await terminals.open([process.execPath, program, server.urls[0]!, ...args]);
    await terminal.shows(/connected as/);
    return terminal;
  }

  it('lets three people chat: asks for the type, then for the text, and shows the marks', async () => {
    const alice = await open('--username', 'alice');
    const bob = await open('--username', 'bob');
    const guest = await open();
    await alice.shows(/echo\[0\], broadcast\[1\] \(Enter: broadcast\)$/);
    await alice.enter('1');
    await alice.shows(/^>$/m);
    await alice.enter('hello');
    for (const terminal of [alice, bob, guest]) {
      await terminal.shows(/^\[alice\] \(broadcast\)hello\necho\[0\], broadcast\[1\]/m);
    }
    await bob.enter('0');
    await bob.shows(/^>$/m);
    await bob.enter('only me');
    await bob.shows(/^\(echo\)only me\necho\[0\], broadcast\[1\] \(Enter: echo\)$/m);
    await guest.enter('');
    await guest.shows(/^>$/m);
    await guest.enter('no name');
    const screen = await alice.shows(/^\(broadcast\)no name$/m);
    expect(screen).not.to.contain('only me');
  });

  it('keeps what is typed whole while messages arrive, on several rows too', async () => {
    const alice = await open('--type', 'broadcast', '--username', 'alice');
    await using bob = await connect(server.urls[0]!, { name: 'bob' });
    const half = 'a line that is long enough to need a second row of the screen, ';
    await alice.type(half);
    await alice.shows(/second row of\nthe screen,|second row o/);
    for (const text of ['one', 'two', 'three']) await bob.send(text);
    await alice.shows(/\(broadcast\)three$/m);
    await alice.type('and its end');
    const screen = await alice.shows(/and its end$/);
    const rows = screen.split('\n');
    const heard = ['one', 'two', 'three'].map((text) => `[bob] (broadcast)${text}`);
    expect(rows.slice(1, 4)).to.deep.equal(heard);
    expect(rows.slice(4).join('')).to.equal(`> ${half}and its end`);
    await alice.press('Enter');
    await alice.shows(/^\[alice\] \(broadcast\)a line that is long/m);
  });

  it('asks again for what is no type, completes commands, and comes back to earlier lines', async () => {
    const alice = await open();
    await alice.enter('2');
    await alice.shows(/0 or echo: only you get it; 1 or broadcast: everybody/);
    await alice.type('/type e');
    await alice.press('Tab');
    await alice.shows(/\/type echo$/);
    await alice.press('Enter');
    await alice.shows(/^>$/m);
    await alice.enter('first');
    await alice.shows(/\(echo\)first/);
    await alice.enter('/nonsense');
    await alice.shows(/unknown command \/nonsense/);
    await alice.enter('//slash');
    await alice.shows(/\(echo\)\/slash/);
    await alice.press('Up', 'Up', 'Up');
    await alice.shows(/^> first$/m);
  });

  it('shows control characters of others, which do nothing', async () => {
    const alice = await open('--type', 'echo');
    await using bob = await connect(server.urls[0]!, { name: 'bob' });
    await bob.send('\x1b[2J\x1b[31mred\nforged\u202e');
    await alice.shows(/^\[bob\] \(broadcast\)\\u001b\[2J\\u001b\[31mred\\nforged\\u202e\n>$/m);
  });

  for (const [how, leave] of [
    ['Ctrl+C', (terminal: Terminal) => terminal.press('C-c')],
    ['Ctrl+D', (terminal: Terminal) => terminal.press('C-d')],
    ['/quit', (terminal: Terminal) => terminal.enter('/quit')],
  ] as const) {
    it(`leaves with ${how} and exits with 0`, async () => {
      const alice = await open();
      await leave(alice);
      await alice.shows(/^exit code 0$/m);
    });
  }

  it('leaves at once in a busy room', async () => {
    const alice = await open();
    await using bob = await connect(server.urls[0]!, { name: 'bob' });
    let hasLeft = false;
    const chatter = (async () => {
      while (!hasLeft) await bob.send('and another thing');
    })();
    await alice.shows(/another thing/);
    await alice.press('C-c');
    await alice.shows(/^exit code 0$/m);
    hasLeft = true;
    await chatter;
  });

  it('says so when the server stops, and comes back with it', async () => {
    const alice = await open('--type', 'broadcast');
    const port = Number(new URL(server.urls[0]!).port);
    await server.close();
    const lost = /^\* connection lost, trying again in [\d.]+ s \(the server is/m;
    await alice.shows(lost);
    await alice.enter('written meanwhile');
    server = await createServer({ port, http: false, store: 'memory' });
    await alice.shows(/^\* connected again\n[^]*^\(broadcast\)written meanwhile$/m);
  });
});
