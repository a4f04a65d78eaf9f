import { expect } from 'chai';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StoreError } from '../../../src/store/errors.js';
import { databaseName, SqliteStorage } from '../../../src/store/sqlite/storage.js';
import { all, append, draft } from '../../contract/store.js';
import { makeFolder, removeFolder } from '../../support/folders.js';
import { root } from '../../support/programs.js';
import { SmallDisk } from '../../support/small-disk.js';

describe('SqliteStorage, when something fails', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await makeFolder();
    path = join(folder, databaseName);
  });

  afterEach(async () => await removeFolder(folder));

  it('loses nothing that had settled when its process is killed', async () => {
    const program = join(root, 'dist', 'test', 'support', 'append-forever.js');
    let settledSeq = 0;
    for (let kill = 0; kill < 3; kill += 1) {
      const child = spawn(process.execPath, [program, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let stdout = '';
      child.stdout.on('data', (bytes: Buffer) => {
        stdout += bytes.toString();
        // At some moment: output arrives while the next appends are on their way.
        if (stdout.split('\n').length > 20 + 7 * kill) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const settled = stdout.split('\n').slice(0, -1).map(Number);
      settledSeq = Math.max(settledSeq, ...settled);

      await using storage = await SqliteStorage.open(path);
      const { headSeq, entries } = await storage.log.read('lobby', all);
      expect(headSeq).to.be.at.least(settledSeq);
      // A kill loses nothing, and is not taken for damage.
      expect(storage.findings).to.be.empty;
      const expected = Array.from({ length: headSeq }, (_, index) => String(index + 1));
      expect(entries.map(({ content }) => content)).to.deep.equal(expected);
    }
    expect(settledSeq).to.be.greaterThan(0);
  });

  it('says that the disk is full, and goes on once it is not', async function () {
    using disk = SmallDisk.mount(this, folder, 2);
    await using storage = await SqliteStorage.open(path);
    const error = await untilFull(storage);
    expect(error).to.be.instanceOf(StoreError);
    expect(error.message).to.equal(`${path} cannot grow, because its disk is full (SQLITE_FULL)`);
    const { headSeq, entries } = await storage.log.read('lobby', all);
    expect(entries).to.have.length(headSeq);
    expect(headSeq % 100, 'whole appends').to.equal(0);

    disk.grow(64);
    expect((await append(storage.log, 'lobby', 100, large)).firstSeq).to.equal(headSeq + 1);
    await storage.close();
    await using reopened = await SqliteStorage.open(path);
    expect(await reopened.log.state('lobby')).to.include({ headSeq: headSeq + 100, tailSeq: 1 });
  });

  it('rejects a probe as it rejects an append, and takes both when there is room again', async function () {
    using disk = SmallDisk.mount(this, folder, 2);
    await using storage = await SqliteStorage.open(path);
    await append(storage.log, 'lobby', 3);
    const release = disk.fill();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      for (const call of [storage.log.probe(), append(storage.log, 'lobby', 1)]) {
        const error = await call.catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(StoreError);
        expect(error).to.have.property('code', 'SQLITE_FULL');
      }
      expect(await storage.log.state('lobby')).to.include({ headSeq: 3, tailSeq: 1 });
    }
    release();
    await storage.log.probe();
    expect((await append(storage.log, 'lobby', 1)).firstSeq).to.equal(4);
  });

  it('reaches the disk with each probe', async () => {
    await using storage = await SqliteStorage.open(path);
    let before = statSync(`${path}-wal`).size;
    for (let count = 0; count < 5; count += 1) {
      await storage.log.probe();
      const { size } = statSync(`${path}-wal`);
      expect(size).to.be.greaterThan(before);
      before = size;
    }
  });

  it('closes once what was asked is done, and then takes nothing more', async () => {
    const storage = await SqliteStorage.open(path);
    const appending = append(storage.log, 'lobby', 1000);
    await Promise.all([storage.close(), storage.close()]);
    expect((await appending).firstSeq).to.equal(1);
    for (const call of [storage.log.state('lobby'), storage.log.probe()]) {
      const error = await call.catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(StoreError);
      expect((error as Error).message).to.equal(`${path} is closed`);
    }
    await using again = await SqliteStorage.open(path);
    expect(await again.log.state('lobby')).to.include({ headSeq: 1000, tailSeq: 1 });
  });

  it('gives up closing after a while, and says nothing of what it was doing then', async () => {
    const program = join(root, 'dist', 'test', 'support', 'close-early.js');
    const { stdout } = await promisify(execFile)(process.execPath, [program, path]);
    expect(stdout).to.equal(
      `${path} could not be closed in 1 ms\n` +
        `a probe: ${path} is no longer open: its thread has ended\n`,
    );
  });
});

function large() {
  return draft('x'.repeat(500));
}

async function untilFull(storage: SqliteStorage): Promise<Error> {
  for (;;) {
    const error = await append(storage.log, 'lobby', 100, large).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    if (error !== undefined) return error;
  }
}
