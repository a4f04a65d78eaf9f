import { expect } from 'chai';
import { join } from 'node:path';
import { terminalPackages } from '../../scripts/system-packages.js';
import { connect, createServer, type ChatServer } from '../../src/index.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { need } from '../support/needs.js';
import { Program, root } from '../support/programs.js';
import { Terminals, type Terminal } from '../support/terminal.js';

const password = 'correct horse battery';
const clientPath = join(root, 'dist', 'src', 'cli', 'client.js');

describe('an account at the client', () => {
  let server: ChatServer;
  let terminals: Terminals;
  /** Where the programs keep who one is. */
  let folder: string;

  before(function () {
    need(this, terminalPackages);
  });

  beforeEach(async () => {
    server = await createServer({ port: 0, http: false, store: 'memory' });
    terminals = new Terminals();
    folder = await makeFolder();
  });

  afterEach(async () => {
    await terminals.close();
    await server.close();
    await removeFolder(folder);
  });

  async function open(...args: readonly string[]): Promise<Terminal> {
    const command = [process.execPath, clientPath, server.urls[0]!, '--type', 'broadcast', ...args];
    return await terminals.open(['env', `XDG_STATE_HOME=${folder}`, ...command], 80);
  }

  function pipe(
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): Program {
    return new Program('client', [server.urls[0]!, ...args], {
      XDG_STATE_HOME: folder,
      ...variables,
    });
  }

  it('is made in the chat; what is typed as a password is not seen, nor to be had back', async () => {
    const alice = await open('--username', 'alice');
    await alice.shows(/connected as alice/);
    await alice.enter('/register');
    await alice.shows(/New password:$/);
    await alice.enter('correct horse');
    await alice.shows(/Once more:$/);
    // A slip, and its correction.
    await alice.type('correct horsf');
    await alice.press('BSpace');
    await alice.enter('e');
    const screen = await alice.shows(/you have an account now, and are logged in as alice/);
    expect(screen).not.to.match(/horse/);
    await alice.press('Up');
    await alice.shows(/> \/register$/);
    await alice.press('C-u');
    await alice.enter('hello with an account');
    await alice.shows(/\[alice\] \(broadcast\)hello with an account/);
    await alice.enter('/nick bob');
    await alice.shows(/\/nick: the name of an account does not change/);
    await using elsewhere = await connect(server.urls[0]!, {
      name: 'alice',
      password: 'correct horse',
    });
    expect(elsewhere.name).to.equal('alice');
  });

  it('logs in with its password, once; the token is kept until the user logs out', async () => {
    {
      await using maker = await connect(server.urls[0]!, { name: 'alice' });
      await maker.account.register(password);
    }
    const first = await open('--login', 'alice');
    await first.shows(/Password of alice:$/);
    await first.enter('wrong password');
    await first.shows(/the name and the password do not match\nexit code 4/);
    const second = await open('--login', 'alice');
    await second.shows(/Password of alice:$/);
    await second.enter(password);
    await second.shows(/connected as alice/);
    const third = await open('--login', 'alice');
    expect(await third.shows(/connected as alice/)).not.to.match(/Password/);
    const asGuest = pipe(['--username', 'alice', '--send', 'the same person']);
    expect((await asGuest.ended()).stdout).to.equal('[alice] (broadcast)the same person\n');
    await third.enter('/devices');
    await third.shows(/\* 1 \(this one\): tcp-chat-client\/\S+ from 127\.0\.0\.1, connected now/);
    await third.enter('/logout');
    await second.shows(/the log-in of this session was ended[^]*exit code 3/);
    const fourth = await open('--login', 'alice');
    await fourth.shows(/Password of alice:$/);
    await fourth.press('C-c');
    await fourth.shows(/not logged in\nexit code 1/);
  });

  it('changes its password, and logs out elsewhere', async () => {
    await using maker = await connect(server.urls[0]!, { name: 'alice' });
    await maker.account.register(password);
    const ended = new Promise<string>((resolve) => {
      maker.on('close', ({ kind }) => resolve(kind));
    });
    const alice = await open('--login', 'alice');
    await alice.shows(/Password of alice:$/);
    await alice.enter(password);
    await alice.shows(/connected as alice/);
    await alice.enter('/password');
    await alice.shows(/Present password:$/);
    await alice.enter(password);
    await alice.shows(/New password:$/);
    await alice.enter('another password');
    await alice.shows(/Once more:$/);
    await alice.enter('something else');
    await alice.shows(/those were two different passwords/);
    await alice.enter('another password');
    await alice.shows(/Once more:$/);
    await alice.enter('another password');
    await alice.shows(/the password is changed, and all other devices are logged out/);
    expect(await ended).to.equal('loggedOut');
    const again = pipe(['--login', 'alice', '--send', 'kept']);
    expect((await again.ended()).stdout).to.equal('[alice] (broadcast)kept\n');
  });

  it('works in a pipe, also where there are no guests', async () => {
    server.reload({ guests: 'no' });
    const guest = await pipe(['--username', 'bob']).finish('hello\n');
    expect([guest.exitCode, guest.stderr]).to.deep.equal([
      4,
      'tcp-chat-client: this server wants you to log in first\n',
    ]);
    const variables = { TCP_CHAT_PASSWORD: password };
    const made = await pipe(['--register', 'bob'], variables).finish('one\n');
    expect(made).to.include({ exitCode: 0, stdout: '[bob] (broadcast)one\n' });
    const kept = await pipe(['--login', 'bob']).finish('two\n');
    expect(kept).to.include({ exitCode: 0, stdout: '[bob] (broadcast)two\n' });
    const elsewhere = { ...variables, XDG_STATE_HOME: join(folder, 'elsewhere') };
    const other = await pipe(['--login', 'bob'], elsewhere).finish('three\n');
    expect(other).to.include({ exitCode: 0, stdout: '[bob] (broadcast)three\n' });
    const nowhere = await pipe(['--login', 'bob'], { XDG_STATE_HOME: join(folder, 'no') }).finish();
    expect(nowhere.exitCode).to.equal(2);
    const both = await pipe(['--login', 'bob', '--username', 'bob']).finish();
    expect(both).to.include({
      exitCode: 2,
      stderr: 'tcp-chat-client: give --username or --login, not both\n',
    });
  });
});
