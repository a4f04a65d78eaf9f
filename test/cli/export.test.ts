import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { databaseName, SqliteStorage } from '../../src/store/sqlite/storage.js';
import { append, draft } from '../contract/store.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { Program, root, type Outcome } from '../support/programs.js';

describe('tcp-chat-server export', () => {
  let folder: string;
  let storage: SqliteStorage;

  async function exported(...args: readonly string[]): Promise<Outcome> {
    return await new Program('server', ['export', '--data', folder, ...args]).ended();
  }

  beforeEach(async () => {
    folder = await makeFolder();
    storage = await SqliteStorage.open(join(folder, databaseName));
  });

  afterEach(async () => {
    await storage.close();
    await removeFolder(folder);
  });

  it('writes each message of a room as a line of proto3 JSON, oldest first', async () => {
    await append(storage.log, 'garden', 2);
    await append(storage.log, 'lobby', 1, () =>
      draft('hi\n\u{1f600}', { id: 'a', sentAtMs: 1500 }),
    );
    await append(storage.log, 'lobby', 2500);
    const { exitCode, stdout, stderr } = await exported('--room', 'lobby', '--json');
    expect(stderr).to.equal('');
    expect(exitCode).to.equal(0);
    const messages = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(messages[0]).to.deep.equal({
      content: 'hi\n\u{1f600}',
      type: 'BROADCAST',
      id: 'a',
      room: 'lobby',
      sender: 'alice',
      seq: '1',
      sentAt: '1970-01-01T00:00:01.500Z',
    });
    expect(messages.map(({ seq }) => Number(seq))).to.deep.equal(
      Array.from({ length: 2501 }, (_, index) => index + 1),
    );
  });

  it('writes lines for people, which cannot be forged', async () => {
    await append(storage.log, 'lobby', 1, () => draft('one\nforged', { sentAtMs: 1500 }));
    const { stdout } = await exported('--room', 'lobby');
    expect(stdout).to.equal('1970-01-01T00:00:01.500Z broadcast alice: one\\nforged\n');
  });

  it('begins with the oldest message that is kept', async () => {
    await append(storage.log, 'lobby', 10);
    await storage.log.trim({ entriesMax: 2, sinceMs: 0 });
    const { stdout } = await exported('--room', 'lobby');
    expect(stdout).to.match(/^\S+ broadcast alice: message 8\n\S+ broadcast alice: message 9\n$/);
  });

  it('reads a database that no server uses', async () => {
    await append(storage.log, 'lobby', 1);
    await storage.close();
    expect((await exported('--room', 'lobby')).stdout).to.match(/message 0\n$/);
  });

  it('reads a database as a server left it that was killed', async () => {
    const child = await killedWhileAppending(join(folder, 'killed', databaseName));
    expect(child).to.equal('SIGKILL');
    const args = ['export', '--data', join(folder, 'killed'), '--room', 'lobby'];
    const { exitCode, stdout } = await new Program('server', args).ended();
    expect(exitCode).to.equal(0);
    expect(stdout).to.match(/^\S+ broadcast alice: 1\n\S+ broadcast alice: 2\n/);
  });

  it('stops without a word when nobody reads on', async () => {
    await append(storage.log, 'lobby', 20_000, () => draft('x'.repeat(100)));
    const path = join(root, 'dist', 'src', 'cli', 'server.js');
    const args = [path, 'export', '--data', folder, '--room', 'lobby'];
    const program = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const closed = once(program, 'close');
    let stderr = '';
    program.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
    await once(program.stdout, 'data');
    program.stdout.destroy();
    await closed;
    expect(stderr).to.equal('');
  });

  it('says that there is no such room', async () => {
    const { exitCode, stdout, stderr } = await exported('--room', 'nowhere');
    expect(exitCode).to.equal(1);
    expect(stdout).to.equal('');
    expect(stderr).to.equal(
      `tcp-chat-server: there is no room nowhere in ${join(folder, databaseName)}\n`,
    );
  });

  it('asks for the room', async () => {
    const { exitCode, stderr } = await exported();
    expect(exitCode).to.equal(2);
    expect(stderr).to.match(/^tcp-chat-server: Missing required argument: room .*\n$/);
  });
});

async function killedWhileAppending(path: string): Promise<string | null> {
  const program = join(root, 'dist', 'test', 'support', 'append-forever.js');
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.once('data', () => child.kill('SIGKILL'));
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return signal;
}
