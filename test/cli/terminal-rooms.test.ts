import { join } from 'node:path';
import { terminalPackages } from '../../scripts/system-packages.js';
import { expect } from 'chai';
import { connect, createServer, MessageType } from '../../src/index.js';
import { nextEvent } from '../support/chat-clients.js';
import { need } from '../support/needs.js';
import { root } from '../support/programs.js';
import { ScriptedServer } from '../support/scripted-server.js';
import { Terminals, type Terminal } from '../support/terminal.js';

const program = join(root, 'dist', 'src', 'cli', 'client.js');

describe('tcp-chat-client at a terminal, in several rooms and on a bad line', () => {
  let server: ScriptedServer;
  let terminals: Terminals;

  before(function () {
    need(this, terminalPackages);
  });

  beforeEach(async () => {
    server = await ScriptedServer.start();
    terminals = new Terminals();
  });

  afterEach(async () => {
    await terminals.close();
    await server[Symbol.asyncDispose]();
  });

  async function open(...args: readonly string[]): Promise<Terminal> {
    const terminal = await terminals.open(
      [process.execPath, program, server.url, '--type', 'broadcast', ...args],
      76,
      24,
    );
    await terminal.shows(/connected as/);
    return terminal;
  }

  it('sends to the room that was entered last, and names the others', async () => {
    const alice = await open('--username', 'alice');
    await alice.enter('/join dev');
    await alice.shows(/^\* you are in dev now$/m);
    await alice.enter('hello dev');
    await alice.shows(/^\[alice\] \(broadcast\)hello dev$/m);
    server.publish('from the lobby');
    await alice.shows(/^#lobby \[somebody\] \(broadcast\)from the lobby$/m);
    await alice.enter('/rooms');
    await alice.shows(/^\* lobby \(joined\): 1 person, 1 entry$/m);
    await alice.shows(/^\* dev \(here\): 1 person, 1 entry$/m);
    await alice.type('/join lo');
    await alice.press('Tab');
    await alice.shows(/\/join lobby$/);
    await alice.press('Enter');
    await alice.shows(/^\* you are in lobby now$/m);
    await alice.enter('/leave dev');
    await alice.shows(/^\* left dev$/m);
    await alice.enter('/leave');
    await alice.shows(/^\* you are in no room now$/m);
    await alice.enter('into the void');
    await alice.shows(/^\* you are in no room; join one with \/join ROOM$/m);
  });

  it('edits and removes what was said, and sets topics', async () => {
    await using chat = await createServer({ port: 0, http: false, store: 'memory' });
    const [url] = chat.urls as [string];
    await using bob = await connect(url, { name: 'bob' });
    const command = [process.execPath, program, url, '--type', 'broadcast', '--username', 'alice'];
    const alice = await terminals.open(command, 76, 24);
    await alice.shows(/connected as alice/);
    await alice.enter('helo  world');
    await alice.shows(/^\[alice\] \(broadcast\)helo  world$/m);
    const edited = nextEvent(bob, 'edited');
    await alice.enter('/edit hello  world');
    await alice.shows(/^\* alice edited #1 in lobby: hello  world$/m);
    expect((await edited)[0]).to.include({ seq: 1, content: 'hello  world' });
    await alice.enter('/topic what we talk about');
    await alice.shows(/^\* alice set the topic of lobby: what we talk about$/m);
    await alice.enter('/topic');
    await alice.shows(/^\* topic of lobby: what we talk about$/m);
    await bob.send('mine');
    await alice.enter('/delete #4');
    await alice.shows(/^\* \/delete: the message was sent by somebody else$/m);
    await alice.enter('/delete');
    await alice.shows(/^\* alice removed #1 in lobby$/m);
    await alice.enter('/delete');
    await alice.shows(/^\* there is no message of yours to delete; give its number as #N$/m);
    await alice.enter('/rooms');
    await alice.shows(/^\* lobby \(here\): 2 people, 5 entries, what we talk about$/m);
  });

  it('tells who is there, shows history, and changes the name', async () => {
    for (let seq = 1; seq <= 5; seq += 1) server.publish(`text ${seq}`);
    const alice = await open('--username', 'alice');
    await alice.enter('/history 2');
    await alice.shows(/\/history 2\n\[somebody\] \(broadcast\)text 4\n.*text 5\n>$/);
    await alice.enter('/who');
    await alice.shows(/^\* 1 person in lobby: alice$/m);
    await alice.enter('/nick bob');
    await alice.shows(/^\* you are bob now, not alice$/m);
    await alice.enter('/who dev');
    await alice.shows(/^\* 0 people in dev$/m);
    await alice.enter('/history many');
    await alice.shows(/^\* \/history takes a number from 1 to/m);
    await open('--username', 'carol');
    await alice.enter('/nick carol');
    await alice.shows(/^\* \/nick: somebody else has that name; carol2 is free$/m);
    await alice.enter('/join');
    await alice.shows(/^\* usage: \/join ROOM$/m);
  });

  it('comes back after a lost connection, and says what it has missed', async () => {
    const alice = await open();
    server.publish('before');
    await alice.shows(/before/);
    await server.stop();
    await alice.shows(/^\* connection lost, trying again in [\d.]+ s/m);
    for (let seq = 2; seq <= 16; seq += 1) server.publish(`text ${seq}`);
    await server.listen();
    await alice.enter('/reconnect');
    await alice.shows(/^\* connected again\n[^]*text 16\n\* caught up: 15 messages$/m);
    server.publish('next');
    await alice.shows(/next/);
  });

  it('says what has expired', async () => {
    const alice = await open();
    await server.stop();
    for (let seq = 1; seq <= 13; seq += 1) server.publish(`text ${seq}`);
    server.expire('lobby', 12);
    await server.listen();
    await alice.shows(/^\* gap: 12 messages expired\n.*text 13\n\* caught up: 1 message$/m);
  });

  it('marks own messages that are not confirmed, and says which were not sent in the end', async () => {
    server.intercept = ({ type }) => type === MessageType.BROADCAST;
    const alice = await open();
    await alice.enter('hello?');
    await alice.shows(/^\* not confirmed yet: hello\?$/m);
    await server.stop();
    await alice.shows(/^\* connection lost/m);
    await alice.enter('/quit');
    await alice.shows(/^\* not sent \(this client was closed\): hello\?$[^]*^exit code 0$/m);
  });

  it('exits with 3 when the server says not to come back', async () => {
    const alice = await open();
    server.goodbye(false);
    await alice.shows(/^\* the server is shutting down\n[^]*^exit code 3$/m);
  });
});
