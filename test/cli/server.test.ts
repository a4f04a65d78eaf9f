import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { connect as connectNet } from 'node:net';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, MessageType } from '../../src/index.js';
import { schemaVersion } from '../../src/store/sqlite/migrations.js';
import { rejection } from '../support/chat-clients.js';
import { Program, root, startServerProgram } from '../support/programs.js';

describe('tcp-chat-server', () => {
  let folder: string;
  let started: Program[];

  async function start(
    args: readonly string[] = [],
    variables: Readonly<Record<string, string>> = {},
  ): Promise<{ program: Program; url: string }> {
    const data = ['--data', folder];
    const { program, port } = await startServerProgram([...data, ...args], variables);
    started.push(program);
    return { program, url: `tcp://127.0.0.1:${port}` };
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tcp-chat-server-'));
    started = [];
  });

  afterEach(async () => {
    await Promise.all(started.map((program) => program.stop()));
    await rm(folder, { recursive: true });
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`says goodbye on ${signal} and exits with 0`, async () => {
      const { program, url } = await start();
      const client = await connect(url, { reconnect: false });
      const closed = new Promise<Error>((resolve) => client.on('close', resolve));
      program.process.kill(signal);
      expect((await closed).message).to.equal('the server is shutting down');
      expect((await program.ended()).exitCode).to.equal(0);
    });
  }

  for (const args of [[], ['--transcripts']]) {
    it(['goes on after SIGHUP, and says so', ...args].join(' '), async () => {
      const { program, url } = await start(args);
      await using alice = await connect(url, { name: 'alice', reconnect: false });
      const { seq } = await alice.send('before');
      for (let count = 1; count <= 2; count += 1) {
        program.process.kill('SIGHUP');
        await program.prints(new RegExp(`(SIGHUP[^]*){${count}}the server continues`), 'stderr');
      }
      expect((await alice.send('after')).seq).to.equal(seq + 1);
      // It drains as ever afterwards.
      const closed = new Promise<Error>((resolve) => alice.on('close', resolve));
      program.process.kill('SIGTERM');
      expect((await closed).message).to.equal('the server is shutting down');
      expect((await program.ended()).exitCode).to.equal(0);
    });
  }

  it('takes a signal that comes twice in a moment for one, as a terminal and npm send it', async () => {
    const { program, url } = await start();
    const [, page] = await program.prints(/listening on (http:\S+)/);
    // It is sent away, and stays a little.
    const peer = connectNet({ port: Number(new URL(url).port), allowHalfOpen: true });
    peer.write(Uint8Array.of(0));
    await once(peer, 'data');
    program.process.kill('SIGINT');
    await once(peer.resume(), 'end');
    program.process.kill('SIGINT');
    expect((await fetch(`${page}/readyz`)).status).to.equal(503);
    peer.end();
    const { exitCode, stderr } = await program.ended();
    expect(exitCode, stderr).to.equal(0);
  });

  it('logs its life: one line of JSON each for start, sessions, names, reload and end', async () => {
    const { program, url } = await start(['--rate-limit', '7']);
    const alice = await connect(url, { name: 'alice' });
    const guest = await connect(url);
    await alice.send('hello');
    await alice.rename('alicia');
    await alice.close();
    await program.prints(/session closed/, 'stderr');
    program.process.kill('SIGHUP');
    await program.prints(/SIGHUP/, 'stderr');
    await guest.close();
    await program.prints(/session closed[^]*session closed/, 'stderr');
    program.process.kill('SIGTERM');
    const { stderr } = await program.ended();
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      // What the machine lacks is another matter.
      .filter(({ msg }) => !/the limit of open files/.test(String(msg)));
    const alicia = { session: '1', transport: 'tcp', address: '127.0.0.1' };
    const settings = { data: folder, store: 'memory', port: 0, httpPort: 0, rateLimit: 7 };
    const reloaded = 'settings and files were read again; the server continues';
    const expected: Array<readonly [msg: string, facts: object]> = [
      ['starting', { version: '0.1.0', store: 'memory' }],
      ['listening', {}],
      ['session opened', { ...alicia, sessionsBefore: 0, sessionsAfter: 1 }],
      ['session named', { session: '1', username: 'alice' }],
      ['session opened', { session: '2', sessionsBefore: 1, sessionsAfter: 2 }],
      ['session named', { session: '1', username: 'alicia' }],
      ['session closed', { ...alicia, sessionsBefore: 2, sessionsAfter: 1, username: 'alicia' }],
      [reloaded, { signal: 'SIGHUP' }],
      ['session closed', { session: '2', sessionsBefore: 1, sessionsAfter: 0 }],
      ['shutting down', { sessions: 0 }],
      ['shut down', { sessionsEver: 2, messagesStored: 1, cutOff: 0 }],
    ];
    expect(lines.map(({ msg }) => msg)).to.deep.equal(expected.map(([msg]) => msg));
    for (const [index, [msg, facts]] of expected.entries()) {
      expect(lines[index], msg).to.include({ level: 'info', ...facts });
    }
    expect(lines[0]!['settings']).to.deep.equal(settings);
    expect(lines[1]!['urls']).to.include(url);
  });

  it('names its data in the log, and announces as JSON where it listens, if it is asked to', async () => {
    const args = ['--port', '0', '--no-http', '--data', folder, '--log-json'];
    const program = new Program('server', args);
    started.push(program);
    const [line] = await program.prints(/.*\n/);
    const { event, url } = JSON.parse(line) as Record<string, string>;
    expect(event).to.equal('listening');
    await using client = await connect(url!);
    expect((await client.send('hello')).seq).to.equal(1);
    const [start] = await program.prints(/.*starting.*\n/, 'stderr');
    expect(JSON.parse(start)).to.include({ data: folder, store: 'sqlite', schemaVersion });
  });

  it('says when other machines can connect, and whether without TLS', async () => {
    const { program } = await start(['--host', '0.0.0.0']);
    const [line] = await program.prints(/.*other machines can connect.*\n/, 'stderr');
    expect(JSON.parse(line)).to.deep.include({ level: 'warn', openHosts: ['0.0.0.0'] });
  });

  it('takes another rate, other limits and another log level while it runs', async () => {
    const file = join(folder, 'settings.json');
    await writeFile(file, '{}');
    const { program, url } = await start(['--config', file]);
    await using before = await connect(url);
    const changed = { rateLimit: 7, connectionsMax: 1, logLevel: 'warn', memory: 999 };
    await writeFile(file, JSON.stringify(changed));
    program.process.kill('SIGHUP');
    const [line] = await program.prints(/.*SIGHUP.*\n/, 'stderr');
    expect(JSON.parse(line)).to.deep.include({ level: 'warn', needRestart: ['memory'] });
    const refused = await rejection(connect(url, { reconnect: false }));
    expect(refused.message).to.match(/maximum number of connections/);
    await before.close();
    await using after = await connect(url);
    expect(after.limits?.messagesPerSecond).to.equal(7);
    expect(program.stderr).not.to.match(/session closed/);
  });

  it('keeps transcripts across restarts, and reopens them on SIGHUP', async () => {
    const path = join(folder, 'transcripts', 'lobby.txt');
    const first = await start(['--transcripts']);
    await using alice = await connect(first.url, { name: 'alice' });
    await alice.send('one\nforged');
    await alice.send('two', { type: MessageType.ECHO });
    first.program.process.kill('SIGTERM');
    await first.program.ended();
    expect(withoutTimes(await readFile(path, 'utf8'))).to.equal(
      'T broadcast alice: one\\nforged\nT echo alice: two\n',
    );

    const second = await start([], { TCP_CHAT_TRANSCRIPTS: 'true' });
    await using bob = await connect(second.url, { name: 'bob' });
    await bob.send('three');
    while (!(await readFile(path, 'utf8')).includes('three')) await new Promise(setImmediate);
    await rename(path, `${path}.1`);
    second.program.process.kill('SIGHUP');
    // Whatever is sent around the signal is in one file or the other; in the end, in the new one.
    for (let sent = 0; !(await exists(path)); sent += 1) await bob.send(`around ${sent}`);
    second.program.process.kill('SIGTERM');
    await second.program.ended();
    const old = withoutTimes(await readFile(`${path}.1`, 'utf8'));
    const fresh = withoutTimes(await readFile(path, 'utf8'));
    expect(old).to.match(/^T broadcast alice: one.*\nT echo alice: two\nT broadcast bob: three\n/);
    expect(fresh).to.match(/^T broadcast bob: around \d+\n/);
  });

  for (const [what, stderr] of [
    ['cannot be written', () => openSync('/dev/full', 'w')],
    ['is not read by anybody', () => 'pipe' as const],
  ] as const) {
    it(`goes on when its log ${what}`, async function () {
      if (!existsSync('/dev/full')) return void this.skip();
      const path = join(root, 'dist', 'src', 'cli', 'server.js');
      const unheard = spawn(
        process.execPath,
        [path, '--port', '0', '--no-http', '--data', folder],
        {
          stdio: ['ignore', 'pipe', stderr()],
        },
      );
      const [line] = (await once(unheard.stdout!.setEncoding('utf8'), 'data')) as [string];
      const url = /tcp:\S+/.exec(line)![0];
      for (let round = 0; round < 10; round += 1) {
        const clients = await Promise.all(Array.from({ length: 50 }, () => connect(url)));
        await Promise.all(clients.map((client) => client.close()));
      }
      await using client = await connect(url);
      expect((await client.send('still here')).seq).to.equal(1);
      unheard.kill('SIGKILL');
      await once(unheard, 'exit');
    });
  }

  it('takes settings from a file, the environment and flags, and shows what is in force', async () => {
    const file = join(folder, 'settings.json');
    await writeFile(file, '{"port": 1, "rateLimit": 5, "host": "0.0.0.0"}');
    const program = new Program('server', ['config', '--config', file, '--port', '3'], {
      TCP_CHAT_PORT: '2',
      TCP_CHAT_RATE_LIMIT: '7',
    });
    const { exitCode, stdout } = await program.ended();
    expect(exitCode).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ port: 3, rateLimit: 7, host: '0.0.0.0' });
  });

  it('counts all values of a flag that is a list, and the last one of others', async () => {
    const origins = ['--allow-origin', 'http://a', '--allow-origin=http://b,http://c'];
    const others = ['--port', '1', '--no-http', '--port=2', '--http'];
    const program = new Program('server', [...origins, 'config', ...others]);
    started.push(program);
    const { exitCode, stdout } = await program.ended();
    expect(exitCode).to.equal(0);
    const allowOrigin = 'http://a,http://b,http://c';
    expect(JSON.parse(stdout)).to.include({ allowOrigin, port: 2, http: true });
  });

  for (const [what, args, variables, message] of [
    [
      'an origin that is none',
      ['--allow-origin', 'ws://a'],
      {},
      /allowOrigin: ws:\/\/a is not an origin/,
    ],
    ['an unknown flag', ['--prot', '1'], {}, /Unknown argument: prot/],
    ['an unknown command', ['strat'], {}, /Unknown argument: strat/],
    ['an impossible value', ['--port', 'x'], {}, /--port must be a whole number from 0 to 65535/],
    ['an unknown variable', [], { TCP_CHAT_PROT: '1' }, /unknown variable TCP_CHAT_PROT/],
    ['a file that is not there', ['--config', '/nowhere.json'], {}, /cannot read --config/],
    ['an unknown log level', ['--log-level', 'loud'], {}, /--log-level must be one of/],
  ] as const) {
    it(`ends with 2 and one line for ${what}`, async () => {
      const { exitCode, stdout, stderr } = await new Program('server', args, variables).ended();
      expect(exitCode).to.equal(2);
      expect(stderr).to.match(message);
      expect(stderr.trimEnd().split('\n')).to.have.length(1);
      expect(stdout).to.equal('');
    });
  }

  for (const args of [[], ['--retain-messages', '10']]) {
    it(['says in one line that its port is in use', ...args].join(' '), async () => {
      const { url } = await start();
      const { port } = new URL(url);
      const other = new Program('server', [
        '--port',
        port,
        '--no-http',
        '--store',
        'memory',
        ...args,
      ]);
      started.push(other);
      const { exitCode, stderr } = await other.ended();
      expect(exitCode).to.equal(1);
      expect(stderr.trimEnd().split('\n').at(-1)).to.equal(
        `tcp-chat-server: 127.0.0.1:${port} is already in use, perhaps by another server`,
      );
    });
  }
});

function withoutTimes(text: string): string {
  return text.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/gm, 'T');
}

async function exists(path: string): Promise<boolean> {
  return await readFile(path).then(
    () => true,
    () => false,
  );
}
