import { expect } from 'chai';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { copyFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backUp } from '../../src/store/sqlite/backup.js';
import { databaseName, SqliteStorage } from '../../src/store/sqlite/storage.js';
import { all, append, draft } from '../contract/store.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { Program, type Outcome } from '../support/programs.js';
import { TestServer } from '../support/server.js';

describe('tcp-chat-server backup', () => {
  let folder: string;
  let storage: SqliteStorage;
  let target: string;

  async function backup(file = target, data = folder): Promise<Outcome> {
    return await new Program('server', ['backup', file, '--data', data]).ended();
  }

  beforeEach(async () => {
    folder = await makeFolder();
    target = join(folder, 'copy.db');
    storage = await SqliteStorage.open(join(folder, databaseName));
  });

  afterEach(async () => {
    await storage.close();
    await removeFolder(folder);
  });

  it('copies a database that is open, and says what the copy holds', async () => {
    await append(storage.log, 'lobby', 30, (index) => draft(`${index}`, { id: `${index}` }));
    await append(storage.log, 'garden', 12);
    await storage.log.trim({ entriesMax: 20, sinceMs: 0 });
    const { exitCode, stdout, stderr } = await backup();
    const { size, mode } = await stat(target);
    expect(stdout).to.equal(`${target}: 32 messages, 2 rooms, ${size} bytes\n`);
    expect(stderr).to.equal('');
    expect(exitCode).to.equal(0);
    expect(mode & 0o777).to.equal(0o600);
    const names = (await readdir(folder)).filter((name) => name.startsWith('copy'));
    expect(names).to.deep.equal(['copy.db']);

    await using copy = await SqliteStorage.open(target);
    for (const room of ['lobby', 'garden']) {
      expect(await copy.log.read(room, all)).to.deep.equal({
        ...(await storage.log.read(room, all)),
        epoch: (await copy.log.state(room)).epoch,
      });
    }
    const spent = await append(copy.log, 'lobby', 1, () => draft('0', { id: '0' }));
    expect(spent.notAdded).to.have.length(1);
  });

  it('gives the copy an epoch of its own, and leaves it the secret', async () => {
    await append(storage.log, 'lobby', 1);
    await backup();
    await using copy = await SqliteStorage.open(target);
    for (const room of ['lobby', 'unused']) {
      const [{ epoch }, { epoch: original }] = [
        await copy.log.state(room),
        await storage.log.state(room),
      ];
      expect(epoch, room).not.to.equal(original);
    }
    expect(copy.secret).to.deep.equal(storage.secret);
  });

  it('gives nobody a name that the original gives after the backup was made', async () => {
    await backup();
    // Guests are told apart by the start of their server; that of the original is started anew.
    for (let starts = 0; starts < 5; starts += 1) {
      await storage.close();
      storage = await SqliteStorage.open(join(folder, databaseName));
    }
    await using copy = await SqliteStorage.open(target);
    expect(storage.incarnation).to.equal(6);
    expect(copy.incarnation).to.be.at.least(1000);
  });

  it('finishes while messages keep arriving, with all that had settled before', async () => {
    await append(storage.log, 'lobby', 20_000, (index) =>
      draft('x'.repeat(200), { id: `${index}` }),
    );
    const running = backup();
    let isDone = false;
    void running.finally(() => (isDone = true));
    while (!isDone) await append(storage.log, 'lobby', 10);
    const { exitCode, stdout } = await running;
    expect(exitCode).to.equal(0);
    expect(Number(/: (\d+) messages/.exec(stdout)![1])).to.be.at.least(20_000);
  });

  it('never overwrites a file', async () => {
    await writeFile(target, 'precious');
    const { exitCode, stdout, stderr } = await backup();
    expect(exitCode).to.equal(1);
    expect(stdout).to.equal('');
    expect(stderr).to.equal(`tcp-chat-server: ${target} already exists\n`);
    expect((await stat(target)).size).to.equal(8);
  });

  it('says that a server with its storage in memory has nothing to copy', async () => {
    const args = ['backup', target, '--data', folder, '--store', 'memory'];
    const { exitCode, stdout, stderr } = await new Program('server', args).ended();
    expect([exitCode, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.equal(
      'tcp-chat-server: a server with --store memory has no files that could be read\n',
    );
  });

  it('leaves nothing behind when it cannot write', async () => {
    const { exitCode, stderr } = await backup(join(folder, 'nowhere', 'copy.db'));
    expect(exitCode).to.equal(1);
    expect(stderr).to.match(/^tcp-chat-server: no backup was made: .*\n$/);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    await append(storage.log, 'lobby', 1000);
    const interrupted = new Error('interrupted');
    const result = await backUp(join(folder, databaseName), target, () => {
      throw interrupted;
    }).catch((error: unknown) => error);
    expect(result).to.equal(interrupted);
    expect((await readdir(folder)).filter((name) => name.startsWith('copy'))).to.be.empty;
  });

  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
    it(`leaves nothing behind when it ends with ${signal}`, async () => {
      await append(storage.log, 'lobby', 40_000, () => draft('x'.repeat(500)));
      const program = new Program('server', ['backup', target, '--data', folder]);
      await somethingIn(folder, (names) => names.some((name) => name.includes('copy.db.')));
      program.process.kill(signal);
      const { exitCode, stdout } = await program.ended();
      expect([exitCode, stdout]).to.deep.equal([signal === 'SIGKILL' ? null : 1, '']);
      await somethingIn(folder, (names) => names.every((name) => !name.startsWith('copy')));
    });
  }

  it('removes what others have left whose machine has failed, and nothing else', async () => {
    const gone = new Program('server', ['config']);
    await gone.ended();
    const remains = `copy.db.${gone.process.pid}.tcp-chat-backup`;
    const others = [`other.db.${process.pid}.tcp-chat-backup`, 'copy.db.1.tmp'];
    for (const name of [remains, `${remains}-journal`, ...others]) {
      await writeFile(join(folder, name), 'secret');
    }
    await backup();
    const names = await readdir(folder);
    expect(names).to.include.members(['copy.db', ...others]);
    expect(names.filter((name) => name.startsWith(remains))).to.be.empty;

    await writeFile(join(folder, remains), 'secret');
    await storage.close();
    await using _server = await TestServer.start({ store: 'sqlite', data: folder });
    expect(await readdir(folder)).not.to.include(remains);
  });

  it('says that there is no database', async () => {
    const { exitCode, stderr } = await backup(target, join(folder, 'empty'));
    expect(exitCode).to.equal(1);
    expect(stderr).to.equal(
      `tcp-chat-server: there is no database ${join(folder, 'empty', databaseName)}\n`,
    );
    expect(await readdir(folder)).not.to.include('empty');
  });

  it('is something that a server can go on from', async () => {
    await append(storage.log, 'lobby', 3);
    await backup();
    const restored = join(folder, 'restored');
    await mkdir(restored);
    await copyFile(target, join(restored, databaseName));
    await using copy = await SqliteStorage.open(join(restored, databaseName));
    expect((await append(copy.log, 'lobby', 1)).firstSeq).to.equal(4);
  });
});

/** Settles when a folder has such files. */
async function somethingIn(
  folder: string,
  fits: (names: readonly string[]) => boolean,
): Promise<void> {
  const watcher = watch(folder);
  try {
    // Listening begins before each look.
    for (let change = once(watcher, 'change'); !fits(await readdir(folder));) {
      await change;
      change = once(watcher, 'change');
    }
  } finally {
    watcher.close();
  }
}
