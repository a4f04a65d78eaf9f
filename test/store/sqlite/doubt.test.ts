import Database from 'better-sqlite3';
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, copyFile, mkdir, open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { failingDiskPackages } from '../../../scripts/system-packages.js';
import { databaseName, SqliteStorage } from '../../../src/store/sqlite/storage.js';
import { all, append, contents, draft } from '../../contract/store-drafts.js';
import { FailingStorage } from '../../support/failing-storage.js';
import { makeFolder, removeFolder } from '../../support/folders.js';
import { need } from '../../support/needs.js';
import { SmallDisk } from '../../support/small-disk.js';

/** A process of its own, as one that closes the index ends all its locks on it. */
const overwriteSecondHalf = `
  const { openSync, fstatSync, writeSync } = require('node:fs');
  const file = openSync(process.argv[1], 'r+');
  const half = fstatSync(file).size / 2;
  writeSync(file, Buffer.alloc(half, 0x55), 0, half, half);`;

const failedSync = 'SQLITE_IOERR_FSYNC';

// "When `append` rejects, nothing of it is kept, nor will it be after a restart. [...] An append
// may be in doubt [...]. Then it does not settle until the store has found out".
describe('an append to SQLite whose COMMIT fails', () => {
  let folder: string;
  let path: string;
  let copy: string;

  beforeEach(async () => {
    folder = await makeFolder();
    path = join(folder, databaseName);
    copy = await makeFolder();
  });

  afterEach(async () => {
    await removeFolder(folder);
    await removeFolder(copy);
  });

  /** What a server finds that starts on these files as they are: as after a kill. */
  async function kept(): Promise<string[]> {
    await removeFolder(copy);
    await mkdir(copy);
    for (const ending of ['', '-wal', '.heads']) {
      await copyFile(path + ending, join(copy, databaseName + ending));
    }
    await using storage = await SqliteStorage.open(join(copy, databaseName));
    expect(storage.findings).to.be.empty;
    return contents(await storage.log.read('lobby', all));
  }

  describe('as the log cannot be put on disk', () => {
    before(function () {
      need(this, failingDiskPackages);
    });

    it('is refused, and gone from the log that was written', async () => {
      await using storage = await FailingStorage.open(path);
      await storage.append('before');
      await storage.fail('sync', 'once');
      expect(await storage.append('refused')).to.include({ code: failedSync });
      expect(await kept()).to.deep.equal(['before']);
      expect(await storage.append('after')).to.include({ seq: 2 });
      await storage.kill();
      expect(await kept()).to.deep.equal(['before', 'after']);
    });

    it('is gone, too, when it was the first in a log that begins anew', async () => {
      await using storage = await FailingStorage.open(path);
      await storage.append('before');
      const person = new Database(path);
      person.pragma('wal_checkpoint(RESTART)');
      person.close();
      // The first one is that of the log's new header.
      await storage.fail('sync', 'second');
      expect(await storage.append('refused')).to.include({ code: failedSync });
      expect(await kept()).to.deep.equal(['before']);
      expect(await storage.append('after')).to.include({ seq: 2 });
      await storage.kill();
      expect(await kept()).to.deep.equal(['before', 'after']);
    });

    it('is in doubt while nothing can be put on disk, and refused as soon as it can', async () => {
      await using storage = await FailingStorage.open(path);
      await storage.append('before');
      await storage.fail('sync');
      let settled = false;
      const doubtful = storage.append('refused').finally(() => (settled = true));
      // Nothing else is taken meanwhile, and what is there can be read.
      expect(await storage.append('not even begun')).to.include({ code: 'EIO' });
      expect(await storage.probe()).to.include({ code: 'EIO' });
      expect(await storage.head()).to.include({ seq: 1 });
      expect(settled).to.equal(false);
      await storage.recover();
      // It finds out by itself.
      expect(await doubtful).to.include({ code: failedSync });
      expect(await storage.append('after')).to.include({ seq: 2 });
      await storage.kill();
      expect(await kept()).to.deep.equal(['before', 'after']);
    });

    it('is found out before the next append is begun', async () => {
      await using storage = await FailingStorage.open(path);
      await storage.fail('sync');
      const doubtful = storage.append('refused');
      expect(await storage.probe()).to.include({ code: 'EIO' });
      await storage.recover();
      expect(await storage.append('taken')).to.include({ seq: 1 });
      expect(await doubtful).to.include({ code: failedSync });
      await storage.kill();
      expect(await kept()).to.deep.equal(['taken']);
    });

    it('is acknowledged when it turns out to be there', async () => {
      await using storage = await FailingStorage.open(path);
      await storage.append('before');
      await storage.fail('sync', 'truncate');
      const doubtful = storage.append('there after all');
      expect(await storage.probe()).to.include({ code: 'EIO' });
      // The index of the log is lost: whoever comes next makes it anew, of all that the log has.
      const index = await open(`${path}-shm`, 'r+');
      await index.write(Buffer.alloc(96), 0, 96, 0);
      await index.close();
      expect(await storage.head()).to.include({ seq: 2 });
      await storage.recover();
      expect(await doubtful).to.include({ seq: 2 });
      // It is in the database itself now, whatever the log has on disk.
      await truncate(`${path}-wal`);
      expect(await kept()).to.deep.equal(['before', 'there after all']);
      await storage.kill();
    });
  });

  it('is refused, and gone, when the index of the log is damaged where it is entered', async () => {
    await using storage = await SqliteStorage.open(path);
    await append(storage.log, 'lobby', 1, () => draft('before'));
    const child = spawn(process.execPath, ['-e', overwriteSecondHalf, `${path}-shm`]);
    await once(child, 'close');
    const error = await append(storage.log, 'lobby', 1).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'SQLITE_CORRUPT');
    expect(await kept()).to.deep.equal(['before']);
  });

  it('is refused, and gone, when the index of the log has no room to grow', async function () {
    using disk = SmallDisk.mount(this, folder, 40);
    await using storage = await SqliteStorage.open(path);
    await append(storage.log, 'lobby', 1, () => draft('before'));
    const reader = new Database(path, { readonly: true });
    try {
      // Whoever reads an old state keeps the log from beginning anew.
      reader.exec('BEGIN');
      reader.prepare('SELECT count(*) FROM rooms').get();
      // Room for the log, and for nothing else: the index grows when it has 4062 pages.
      await appendFile(`${path}-wal`, Buffer.alloc(20 * 1024 * 1024));
      const release = disk.fill();
      let settled = 1;
      let failure: unknown;
      while (failure === undefined) {
        const text = `${settled}`.padEnd(3000, '.');
        await append(storage.log, 'lobby', 40, () => draft(text)).then(
          () => (settled += 40),
          (error: unknown) => (failure = error),
        );
      }
      expect(failure).to.have.property('code', 'SQLITE_IOERR_SHMSIZE');
      release();
      expect(await kept()).to.have.length(settled);
      expect((await append(storage.log, 'lobby', 1)).firstSeq).to.equal(settled + 1);
    } finally {
      reader.close();
    }
  });
});
