import { expect } from 'chai';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { connect, createServer, ErrorCode, type ChatServer } from '../../src/index.js';
import { rejection } from '../support/chat-clients.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { Program, type Outcome } from '../support/programs.js';

const password = 'correct horse battery';

describe('tcp-chat-server for those who run it', () => {
  let data: string;
  let server: ChatServer;

  beforeEach(async () => {
    data = await makeFolder();
    server = await createServer({ port: 0, http: false, data, registration: 'closed' });
  });

  afterEach(async () => {
    await server.close();
    await removeFolder(data);
  });

  async function operate(args: readonly string[], secret?: string): Promise<Outcome> {
    const variables = secret === undefined ? {} : { TCP_CHAT_PASSWORD: secret };
    return await new Program('server', [...args, '--data', data], variables).finish();
  }

  it('makes, lists, changes and removes accounts', async () => {
    const url = server.urls[0]!;
    expect(await operate(['account', 'add', 'alice'], password)).to.deep.equal({
      exitCode: 0,
      stdout: 'alice has an account\n',
      stderr: '',
    });
    expect((await operate(['account', 'add', 'ALICE'], password)).exitCode).to.equal(4);
    expect((await operate(['account', 'add', 'bob'], 'short')).stderr).to.equal(
      'tcp-chat-server: a password must have 8 to 1,024 bytes\n',
    );
    await operate(['account', 'add', 'bob'], password);
    await using alice = await connect(url, { name: 'alice', password });
    const list = await operate(['account', 'list']);
    expect(list.stdout.replaceAll(/\d{4}-\S+/g, 'TIME')).to.equal(
      'alice\there\tTIME\nbob\taway\tTIME\n',
    );
    const ended = new Promise<string>((resolve) => alice.on('close', ({ kind }) => resolve(kind)));
    expect((await operate(['account', 'password', 'alice'], 'another password')).stdout).to.equal(
      'the password of alice is changed; 1 session ended\n',
    );
    expect(await ended).to.equal('loggedOut');
    await using again = await connect(url, { name: 'alice', password: 'another password' });
    expect(again.name).to.equal('alice');
    expect((await operate(['account', 'remove', 'alice'])).stdout).to.equal(
      'alice has no account any more; 1 session ended\n',
    );
    const gone = { name: 'alice', password: 'another password', reconnect: false };
    expect(await rejection(connect(url, gone))).to.include({
      code: ErrorCode.ERROR_CODE_LOGIN_FAILED,
    });
    // Nobody can be taken for her.
    expect(await rejection(connect(url, { name: 'alice', reconnect: false }))).to.include({
      code: ErrorCode.ERROR_CODE_NAME_IN_USE,
    });
    expect((await operate(['account', 'list'])).stdout).to.match(/^alice\tremoved\t/);
    const none = await operate(['account', 'remove', 'nobody']);
    expect([none.exitCode, none.stderr]).to.deep.equal([
      4,
      'tcp-chat-server: there is no account of that name\n',
    ]);
  });

  it('lists sessions and closes them, and is in no room itself', async () => {
    const url = server.urls[0]!;
    await using alice = await connect(url, { name: 'alice', clientName: 'test/1' });
    await using bob = await connect(url, { name: 'bob' });
    const { stdout } = await operate(['sessions']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, 2)).to.deep.equal([
      '1\talice\tguest\ttcp\t127.0.0.1\ttest/1',
      '2\tbob\tguest\ttcp\t127.0.0.1\t',
    ]);
    expect(lines[2]).to.match(/^3\tguest-3\toperator\ttcp\toperator\.sock\ttcp-chat-server$/);
    expect((await bob.members('lobby')).names).to.have.members(['alice', 'bob']);
    const ended = new Promise<string>((resolve) => alice.on('close', ({ kind }) => resolve(kind)));
    expect((await operate(['kick', '1'])).stdout).to.equal('session 1 is closed\n');
    expect(await ended).to.equal('kicked');
    expect((await operate(['kick', '1'])).stderr).to.equal(
      'tcp-chat-server: there is no such session\n',
    );
  });

  it('can be reached by nobody else', async () => {
    const { mode } = statSync(join(data, 'operator.sock'));
    expect((mode & 0o777).toString(8)).to.equal('600');
    await using client = await connect(server.urls[0]!, { name: 'mallory' });
    for (const attempt of [
      client.operator.addAccount('mallory', password),
      client.operator.removeAccount('alice'),
      client.operator.endSession('1'),
    ]) {
      expect(await rejection(attempt)).to.include({ code: ErrorCode.ERROR_CODE_NOT_ALLOWED });
    }
    expect(await rejection(client.operator.accounts().next())).to.include({
      code: ErrorCode.ERROR_CODE_NOT_ALLOWED,
    });
  });

  it('says that no server runs there, and what it does not know', async () => {
    await server.close();
    const { exitCode, stderr } = await operate(['account', 'list']);
    expect(exitCode).to.equal(3);
    expect(stderr).to.match(
      /^tcp-chat-server: no server runs with this --data: cannot connect to /,
    );
    expect((await operate(['account', 'promote', 'alice'])).exitCode).to.equal(2);
    expect((await operate(['account', 'add'])).exitCode).to.equal(2);
  });

  it('gets in when nobody else does, and after a server that was killed', async () => {
    await server.close();
    const first = new Program('server', ['--port', '0', '--no-http', '--data', data]);
    await first.prints(/listening/);
    first.process.kill('SIGKILL');
    await first.ended();
    server = await createServer({ port: 0, http: false, data, connectionsMax: 1 });
    await using client = await connect(server.urls[0]!);
    await client.send('full');
    expect((await operate(['sessions'])).stdout.split('\n')).to.have.length(3);
  });
});
