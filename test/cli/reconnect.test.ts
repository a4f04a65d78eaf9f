import { expect } from 'chai';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageType } from '../../src/index.js';
import { Program } from '../support/programs.js';
import { ScriptedServer } from '../support/scripted-server.js';

describe('tcp-chat-client in a pipe, on a bad line', () => {
  let server: ScriptedServer;
  let started: Program[];

  const client = (...args: readonly string[]): Program => {
    const program = new Program('client', [server.url, ...args]);
    started.push(program);
    return program;
  };

  beforeEach(async () => {
    server = await ScriptedServer.start();
    started = [];
  });

  afterEach(async () => {
    await Promise.all(started.map((program) => program.stop()));
    await server[Symbol.asyncDispose]();
  });

  it('sends again, under the same ids, what was not confirmed when the connection was lost', async () => {
    const lines = Array.from({ length: 300 }, (_, index) => `line ${index}`);
    server.cuts.push({ receivedBytes: 3000 }, { sentBytes: 5000 }, { receivedBytes: 200 });
    const { exitCode, stdout, stderr } = await client().finish(lines.join('\n'));
    expect(exitCode).to.equal(0);
    expect(server.room('lobby').messages.map(({ content }) => content)).to.deep.equal(lines);
    expect(stdout).to.equal(lines.map((line) => `(broadcast)${line}\n`).join(''));
    expect(stderr.match(/connected again/g)).to.have.length(3);
  });

  it('gives up with 3 when the server is not back in time', async () => {
    const program = client('--timeout', '2');
    program.type('a\n');
    await program.prints(/a/);
    await server.stop();
    const { exitCode, stderr } = await program.ended();
    expect(exitCode).to.equal(3);
    expect(stderr).to.match(/no connection for 2 s: the connection to the server was lost\n$/);
  });

  it('gives up with 3 at once when the server says not to come back', async () => {
    const program = client();
    program.type('a\n');
    await program.prints(/a/);
    server.goodbye(false);
    const { exitCode, stderr } = await program.ended();
    expect([exitCode, stderr]).to.deep.equal([3, 'tcp-chat-client: the server is shutting down\n']);
  });

  it('gives up with 5 when it is connected and nothing is confirmed', async () => {
    server.intercept = ({ type }) => type === MessageType.BROADCAST;
    const { exitCode, stderr } = await client('--timeout', '2').finish('a\nb\n');
    expect(exitCode).to.equal(5);
    expect(stderr).to.equal('tcp-chat-client: 2 messages not confirmed within 2 s\n');
  });

  it('waits for its own messages also when they come after the acks', async () => {
    server.intercept = ({ type, id }, peer) => {
      if (type !== MessageType.BROADCAST) return false;
      peer.control({
        $case: 'ack',
        ack: { id, room: 'lobby', seq: 1, sentAt: new Date(), duplicate: false },
      });
      return true;
    };
    const program = client();
    const ended = program.finish('mine\n');
    await server.until(() => server.received[0]?.at(-1)?.content === 'mine');
    server.publish('mine');
    expect(await ended).to.deep.include({ exitCode: 0, stdout: '[somebody] (broadcast)mine\n' });
  });

  it('prints a room after a number up to the present with --since, and tells what expired', async () => {
    for (let seq = 1; seq <= 6; seq += 1) server.publish(`text ${seq}`, 'ops');
    server.expire('ops', 4);
    const outcome = await client('--room', 'ops', '--since', '2').ended();
    expect(outcome).to.deep.equal({
      exitCode: 0,
      stdout: '[somebody] (broadcast)text 5\n[somebody] (broadcast)text 6\n',
      stderr: 'tcp-chat-client: gap: 2 messages expired\n',
    });
    expect(await client('--room', 'ops', '--since', '6').ended()).to.deep.equal({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    expect(await client('--room', 'ops', '--since', '9').ended()).to.deep.equal({
      exitCode: 0,
      stdout: '',
      stderr: 'tcp-chat-client: ops has only 6 messages\n',
    });
  });

  it('sends with --since only what --send says', async () => {
    server.publish('before');
    const { exitCode, stdout } = await client('--since', '0', '--send', 'and this').finish('no\n');
    expect(exitCode).to.equal(0);
    expect(stdout).to.equal('[somebody] (broadcast)before\n(broadcast)and this\n');
    expect(server.room('lobby').messages).to.have.length(2);
  });

  it('goes on with --follow, over lost connections, until it is interrupted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tcp-chat-client-'));
    const path = join(folder, 'mine.txt');
    for (let seq = 1; seq <= 50; seq += 1) server.publish(`text ${seq}`, 'ops');
    for (let sentBytes = 300; sentBytes < 2500; sentBytes += 700) server.cuts.push({ sentBytes });
    const program = client(
      ...['--room', 'ops', '--since', '0', '--follow', '--timeout', '2', '--transcript', path],
    );
    await program.prints(/text 50\n/);
    await server.stop();
    for (let seq = 51; seq <= 60; seq += 1) server.publish(`text ${seq}`, 'ops');
    // It has more patience than --timeout: at least one attempt fails.
    await program.prints(/cannot connect/, 'stderr');
    await server.listen();
    await program.prints(/text 60\n/);
    program.process.kill('SIGINT');
    const { exitCode, stdout } = await program.ended();
    const numbers = Array.from({ length: 60 }, (_, index) => index + 1);
    expect(exitCode).to.equal(0);
    expect(stdout).to.equal(numbers.map((seq) => `[somebody] (broadcast)text ${seq}\n`).join(''));
    const transcript = (await readFile(path, 'utf8')).replace(/^\S+Z/gm, 'T');
    expect(transcript).to.equal(
      numbers.map((seq) => `T broadcast somebody: text ${seq}\n`).join(''),
    );
    await rm(folder, { recursive: true });
  });

  it('begins with the next message with --follow alone', async () => {
    server.publish('before');
    const program = client('--follow');
    await server.until(() => [...server.peers].some((peer) => peer.rooms.has('lobby')));
    await server.until(() => server.received[0]!.length === 3);
    server.publish('after');
    await program.prints(/after/);
    program.process.kill('SIGTERM');
    const outcome = await program.ended();
    expect(outcome).to.include({ exitCode: 0, stdout: '[somebody] (broadcast)after\n' });
  });
});
