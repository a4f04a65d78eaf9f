import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Drafts } from '../../../src/core/drafts.js';
import { StoreError } from '../../../src/store/errors.js';
import { serveDatabase, type ServedDatabase } from '../../../src/store/sqlite/served-database.js';
import { ServedFiles } from '../../../src/store/sqlite/served-files.js';
import { LogWriter } from '../../../src/store/sqlite/log-writer.js';
import { databaseName, SqliteStorage } from '../../../src/store/sqlite/storage.js';
import { packAppends } from '../../../src/store/sqlite/packed.js';
import { draft } from '../../contract/store.js';
import { makeFolder, removeFolder } from '../../support/folders.js';
import { root } from '../../support/programs.js';

describe('a database whose files are changed while it is served', () => {
  let folder: string;
  let path: string;
  let served: ServedDatabase;
  let nowMs: number;
  let database: LogWriter;

  beforeEach(async () => {
    folder = await makeFolder();
    path = join(folder, databaseName);
    served = serveDatabase(path);
    nowMs = 0;
    const files = new ServedFiles(
      served.sqlite,
      path,
      [`${path}.lock`, `${path}.heads`],
      () => nowMs,
    );
    database = new LogWriter({ ...served, files });
    append();
  });

  afterEach(async () => {
    served.close();
    await removeFolder(folder);
  });

  function append(): void {
    void database.append(packAppends([{ room: 'lobby', drafts: Drafts.of([draft('hello')]) }]));
  }

  function refusal(act: () => void): string {
    try {
      act();
    } catch (error) {
      expect(error).to.be.instanceOf(StoreError);
      return (error as Error).message;
    }
    throw new Error('it was not refused');
  }

  for (const ending of ['', '-wal', '-shm', '.lock', '.heads']) {
    it(`takes nothing when ${databaseName}${ending} is gone, until it is back`, () => {
      const file = path + ending;
      const advice = 'put it back or restart the server';
      renameSync(file, join(folder, 'away'));
      append(); // it looks once a second
      nowMs += 1000;
      for (const act of [append, append, () => database.probe(), () => trim()]) {
        expect(refusal(act)).to.equal(
          `${file} was removed while the server was using it: ${advice}`,
        );
      }
      writeFileSync(file, 'something else');
      expect(refusal(append)).to.equal(
        `${file} was replaced while the server was using it: ${advice}`,
      );
      rmSync(file);
      renameSync(join(folder, 'away'), file);
      append();
    });
  }

  const trim = (): void => void database.trim({ entriesMax: 1, sinceMs: 0 });

  it('is not disturbed by whoever vacuums it or moves its log into it', () => {
    for (let count = 0; count < 50; count += 1) append();
    trim();
    for (const sql of ['VACUUM', 'PRAGMA wal_checkpoint(TRUNCATE)', 'VACUUM']) {
      served.sqlite.exec(sql);
      nowMs += 1000;
      append();
    }
  });
});

describe('a second server, when the lock file of the first was removed', () => {
  let folder: string;
  let path: string;
  let first: ChildProcess;

  beforeEach(async () => {
    folder = await makeFolder();
    path = join(folder, databaseName);
    // In a process of its own, as locks are held by processes.
    const program = join(root, 'dist', 'test', 'support', 'append-forever.js');
    first = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(first.stdout!, 'data');
    first.stdout!.resume();
  });

  afterEach(async () => {
    if (first.exitCode === null && first.signalCode === null) {
      first.kill('SIGKILL');
      await once(first, 'close');
    }
    await removeFolder(folder);
  });

  for (const replaced of [false, true]) {
    it(`does not start${replaced ? ', nor when another one is in its place' : ''}`, async () => {
      rmSync(`${path}.lock`);
      if (replaced) writeFileSync(`${path}.lock`, '');
      const error = await SqliteStorage.open(path).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(Error);
      expect((error as Error).message).to.equal(
        `another program has ${path} open, and the lock file was replaced`,
      );
      // The first one ends by itself: nothing that it adds is acknowledged any more.
      if (first.exitCode === null) await once(first, 'close');
      expect(first.exitCode).to.equal(1);
      await using storage = await SqliteStorage.open(path);
      expect((await storage.log.state('lobby')).headSeq).to.be.greaterThan(0);
      expect(storage.findings).to.be.empty;
    });
  }

  it('starts on a copy of the folder, whoever serves the original', async () => {
    const copy = join(folder, 'copy.db');
    first.kill('SIGKILL');
    await once(first, 'close');
    for (const ending of ['', '-wal', '.heads']) {
      if (existsSync(path + ending)) copyFileSync(path + ending, copy + ending);
    }
    await using _original = await SqliteStorage.open(path);
    await using storage = await SqliteStorage.open(copy);
    expect(storage.findings).to.be.empty;
  });
});
