import { expect } from 'chai';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createNetServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type ChatServer } from '../../src/index.js';
import { Program, startServerProgram, type Outcome } from '../support/programs.js';

describe('tcp-chat-client in a pipe', () => {
  let server: ChatServer;
  let started: Program[];

  const client = (...args: readonly string[]): Program => {
    const program = new Program('client', [server.urls[0]!, ...args]);
    started.push(program);
    return program;
  };

  beforeEach(async () => {
    server = await createServer({ port: 0, http: false, store: 'memory' });
    started = [];
  });

  afterEach(async () => {
    await Promise.all(started.map((program) => program.stop()));
    await server.close();
  });

  it('prints the echo of each line, and exits with 0', async () => {
    const outcome = await client('--type', 'echo').finish('a\nb\n');
    expect(outcome).to.deep.equal({ exitCode: 0, stdout: '(echo)a\n(echo)b\n', stderr: '' });
  });

  it('broadcasts without a type, takes a last line without its end, skips empty ones', async () => {
    const outcome = await client().finish('one\r\n\ntwo');
    expect(outcome).to.deep.equal({
      exitCode: 0,
      stdout: '(broadcast)one\n(broadcast)two\n',
      stderr: '',
    });
  });

  it('shows the names of senders who have one', async () => {
    await using listener = await connect(server.urls[0]!);
    const heard = new Promise<string>((resolve) =>
      listener.on('message', (message) => resolve(message.sender)),
    );
    const outcome = await client('--username', 'alice').finish('hi\n');
    expect(outcome.stdout).to.equal('[alice] (broadcast)hi\n');
    expect(await heard).to.equal('alice');
  });

  it('prints what others send while it waits for its next line', async () => {
    const program = client('--username', 'bob');
    program.type('ready\n');
    await program.prints(/ready/);
    await using alice = await connect(server.urls[0]!, { name: 'alice' });
    await alice.send('\x1b[2Jhello\nworld\u202e');
    await program.prints(/hello/);
    const { stdout, exitCode } = await program.finish();
    expect(exitCode).to.equal(0);
    expect(stdout).to.equal(
      '[bob] (broadcast)ready\n[alice] (broadcast)\\u001b[2Jhello\\nworld\\u202e\n',
    );
  });

  it('sends one text with --send and does not read standard input', async () => {
    const outcome = await client('--send', 'just this').ended();
    expect(outcome).to.include({ exitCode: 0, stdout: '(broadcast)just this\n' });
  });

  it('prints proto3 JSON with --json', async () => {
    const { stdout } = await client('--json', '--username', 'al').finish('a\u009b"b"\n');
    expect(stdout).not.to.contain('\u009b');
    const message = JSON.parse(stdout) as Record<string, unknown>;
    expect(message).to.include({
      content: 'a\u009b"b"',
      type: 'BROADCAST',
      room: 'lobby',
      sender: 'al',
      seq: '1',
    });
    expect(message['sentAt']).to.match(/^\d{4}-.*Z$/);
  });

  it('appends what it gets to a transcript', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tcp-chat-client-'));
    const path = join(folder, 'mine.txt');
    await client('--transcript', path, '--username', 'al').finish('a\n');
    await client('--transcript', path, '--username', 'al', '--type', 'echo').finish('b\n');
    const text = (await readFile(path, 'utf8')).replace(/^\S+Z/gm, 'T');
    expect(text).to.equal('T broadcast al: a\nT echo al: b\n');
    await rm(folder, { recursive: true });
  });

  it('takes thousands of lines, in order', async () => {
    await server.close();
    server = await createServer({ port: 0, http: false, store: 'memory', rateLimit: 0 });
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}`);
    const { stdout, exitCode } = await client('--type', 'echo').finish(lines.join('\n'));
    expect(exitCode).to.equal(0);
    expect(stdout).to.equal(lines.map((line) => `(echo)${line}\n`).join(''));
  });

  it('reports a refused line, goes on, and exits with 4', async () => {
    const { exitCode, stdout, stderr } = await client().finish(`${'x'.repeat(4097)}\nfine\n`);
    expect(exitCode).to.equal(4);
    expect(stdout).to.equal('(broadcast)fine\n');
    expect(stderr).to.match(
      /^tcp-chat-client: line 1 was refused: the content is 4097 bytes long.*\n$/,
    );
  });

  it('is in the room that it is told to, instead of the lobby', async () => {
    const attic = client('--room', 'attic');
    attic.type('first\n');
    await attic.prints(/first/);
    const lobby = await client('--room', 'lobby').finish('here\n');
    expect(lobby).to.include({ exitCode: 0, stdout: '(broadcast)here\n' });
    const other = await client('--room', 'attic').finish('there\n');
    expect(other).to.include({ exitCode: 0, stdout: '(broadcast)there\n' });
    await attic.prints(/there/);
    expect((await attic.finish()).stdout).to.equal('(broadcast)first\n(broadcast)there\n');
  });

  it('exits with 4 when it may not enter the room', async () => {
    const { exitCode, stderr } = await client('--room', 'No Room').finish('there\n');
    expect(exitCode).to.equal(4);
    expect(stderr).to.match(/^tcp-chat-client: a room name must have .*\n$/);
  });

  it('reads a room from a number on, while others write to it', async () => {
    await using alice = await connect(server.urls[0]!, { name: 'alice', rooms: ['ops'] });
    for (const text of ['one', 'two', 'three']) await alice.send(text, { room: 'ops' });
    const past = await client('--room', 'ops', '--since', '1').ended();
    expect(past).to.deep.equal({
      exitCode: 0,
      stdout: '[alice] (broadcast)two\n[alice] (broadcast)three\n',
      stderr: '',
    });
    const follower = client('--room', 'ops', '--since', '2', '--follow');
    await follower.prints(/three/);
    await alice.send('four', { room: 'ops' });
    await follower.prints(/four/);
    follower.process.kill('SIGINT');
    expect((await follower.ended()).exitCode).to.equal(0);
  });

  it('exits with 4 and a free name when the wanted one is in use', async () => {
    await using alice = await connect(server.urls[0]!, { name: 'alice' });
    const { exitCode, stderr } = await client('--username', 'alice').finish('');
    expect(exitCode).to.equal(4);
    expect(stderr).to.equal(
      `tcp-chat-client: the name ${alice.name} belongs to somebody else; alice2 is free\n`,
    );
  });

  it('is the same person each time under its name, also at the same time, and nobody else is', async () => {
    const first = await client('--username', 'carol').finish('one\n');
    expect(first).to.include({ exitCode: 0, stdout: '[carol] (broadcast)one\n' });
    const beside = client('--username', 'carol');
    beside.type('two\n');
    await beside.prints(/two/);
    const again = await client('--username', 'carol').finish('three\n');
    expect(again).to.include({ exitCode: 0, stdout: '[carol] (broadcast)three\n', stderr: '' });
    expect((await beside.finish()).exitCode).to.equal(0);
    const elsewhere = new Program('client', ['--username', 'carol', server.urls[0]!], {
      XDG_STATE_HOME: '/dev/null',
    });
    expect((await elsewhere.finish('four\n')).exitCode).to.equal(4);
    const named = new Program('client', ['--username', 'dora', server.urls[0]!], {
      XDG_STATE_HOME: '/dev/null',
    });
    const { exitCode, stderr } = await named.finish('five\n');
    expect([exitCode, stderr]).to.deep.equal([
      0,
      "tcp-chat-client: the secret for the name dora cannot be saved: ENOTDIR: not a directory, mkdir '/dev/null/tcp-chat/identities'\n",
    ]);
  });

  it('exits with 3 when the server goes away and does not come back in time', async () => {
    const program = client('--timeout', '2');
    program.type('a\n');
    await program.prints(/a/);
    await server.close();
    // Its input has not ended: it does not wait for that.
    const { exitCode, stderr } = await program.ended();
    expect(exitCode).to.equal(3);
    expect(stderr).to.match(
      /\(the server is shutting down\)\n[^]*no connection for 2 s: the server is shutting down\n$/,
    );
  });

  it('exits with 5 when the server stops answering, whether or not there is more to send', async () => {
    const { program: hung, port } = await startServerProgram();
    const program = new Program('client', ['--addr', `127.0.0.1:${port}`, '--timeout', '2']);
    started.push(hung, program);
    program.type('a\n');
    await program.prints(/a/);
    hung.process.kill('SIGSTOP');
    program.type('b\n');
    const { exitCode, stderr } = await program.ended();
    expect(exitCode).to.equal(5);
    // The ack of what was delivered may have come, or not.
    expect(stderr).to.match(/^tcp-chat-client: (1 message|2 messages) not confirmed within 2 s\n$/);
  });

  it('takes only line feeds for the ends of lines', async () => {
    const { stdout } = await client('--type', 'echo').finish('a\rb\r\n\nlast\r');
    expect(stdout).to.equal('(echo)a\\rb\n(echo)\n(echo)last\n');
  });

  it('exits with 3 when its reader is still there but the server was never', async () => {
    const [url] = server.urls;
    await server.close();
    const outcome = await new Program('client', [url!]).finish('a\n');
    expect(outcome.exitCode).to.equal(3);
    expect(outcome.stderr).to.match(/^tcp-chat-client: cannot connect to .* \(ECONNREFUSED\)\n$/);
  });

  it('exits with 5 when the server does not answer in time', async () => {
    const outcome = await withMuteServer((port) =>
      new Program('client', ['--addr', `127.0.0.1:${port}`, '--timeout', '0.2']).finish('a\n'),
    );
    expect(outcome.exitCode).to.equal(5);
    expect(outcome.stderr).to.match(/did not answer within 0.2 s\n$/);
  });

  for (const [what, args] of [
    ['a URL of another kind', ['ftp://127.0.0.1']],
    ['authorities that cannot be read', ['--ca', '/nowhere/ca.pem']],
    ['an unknown flag', ['--usrname', 'x']],
    ['an unknown type', ['--type', 'shout']],
    ['two addresses', ['tcp://127.0.0.1', '--addr', '127.0.0.1:1']],
    ['an impossible time', ['--timeout', '-1']],
    ['an impossible number', ['--since', '-1']],
    ['what is no number', ['--since', 'yesterday']],
    ['nothing to send', ['--send', '']],
  ] as const) {
    it(`exits with 2 and one line for ${what}`, async () => {
      const { exitCode, stderr } = await new Program('client', args).finish('');
      expect(exitCode).to.equal(2);
      expect(stderr.trimEnd().split('\n')).to.have.length(1);
    });
  }
});

/** Runs something against a server that accepts and never says a word. */
async function withMuteServer(run: (port: number) => Promise<Outcome>): Promise<Outcome> {
  const sockets: Socket[] = [];
  const mute = createNetServer((socket) => sockets.push(socket.on('error', () => {})));
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  try {
    return await run((mute.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    mute.close();
  }
}
