import Database from 'better-sqlite3';
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreOpenError } from '../../../src/store/errors.js';
import { databaseName, SqliteStorage } from '../../../src/store/sqlite/storage.js';
import { all, append, draft } from '../../contract/store.js';
import { makeFolder, removeFolder } from '../../support/folders.js';
import { root } from '../../support/programs.js';

describe('SqliteStorage.open', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await makeFolder();
    path = join(folder, databaseName);
  });

  afterEach(async () => await removeFolder(folder));

  async function refusal(): Promise<StoreOpenError> {
    const result = await SqliteStorage.open(path).then(
      async (storage) => await storage.close(),
      (error: unknown) => error,
    );
    expect(result).to.be.instanceOf(StoreOpenError);
    return result as StoreOpenError;
  }

  /** Makes a database with some messages, and nothing beside it. */
  async function fill(): Promise<void> {
    await using storage = await SqliteStorage.open(path);
    await append(storage.log, 'lobby', 500, () => draft('x'.repeat(100)));
  }

  function change(sql: string): void {
    const sqlite = new Database(path);
    sqlite.exec(sql);
    sqlite.close();
  }

  it('makes the folder and files that only their owner can read', async () => {
    path = join(folder, 'some', 'where', databaseName);
    await using storage = await SqliteStorage.open(path);
    await append(storage.log, 'lobby', 1);
    const names = await readdir(join(folder, 'some', 'where'));
    expect(names).to.include.members([databaseName, `${databaseName}-wal`]);
    for (const name of names) {
      const { mode } = await stat(join(folder, 'some', 'where', name));
      expect(mode & 0o777, name).to.equal(0o600);
    }
  });

  it('counts how often, and keeps epoch and secret', async () => {
    const first = await SqliteStorage.open(path);
    expect(first.incarnation).to.equal(1);
    expect(first.secret).to.have.length(32);
    const epoch = await epochOf(first);
    await first.close();
    await using second = await SqliteStorage.open(path);
    expect(second.incarnation).to.equal(2);
    expect(second.secret).to.deep.equal(first.secret);
    expect(await epochOf(second)).to.equal(epoch);
  });

  it('leaves one file with everything when it is closed', async () => {
    await fill();
    expect((await readdir(folder)).sort()).to.deep.equal([
      databaseName,
      `${databaseName}.heads`,
      `${databaseName}.lock`,
    ]);
  });

  it('refuses a database that another store has open', async () => {
    await using _first = await SqliteStorage.open(path);
    expect((await refusal()).message).to.equal(`another tcp-chat-server uses ${path}`);
  });

  it('refuses one that another process has open, until that is gone, however', async () => {
    const program = join(root, 'dist', 'test', 'support', 'append-forever.js');
    const child = spawn(process.execPath, [program, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect((await refusal()).message).to.equal(`another tcp-chat-server uses ${path}`);
    child.stdout.resume();
    child.kill('SIGKILL');
    await once(child, 'close');
    await using storage = await SqliteStorage.open(path);
    expect((await storage.log.state('lobby')).headSeq).to.be.greaterThan(0);
  });

  it('refuses what was written by a newer program', async () => {
    await fill();
    change('PRAGMA user_version = 1000');
    expect((await refusal()).message).to.match(
      /tcp-chat\.db was written by a newer tcp-chat: its version is 1000, and this program knows versions up to \d+/,
    );
  });

  it('takes the steps that an older database has not taken', async () => {
    // The oldest of all has taken none.
    change('PRAGMA user_version = 0');
    await using storage = await SqliteStorage.open(path);
    expect((await append(storage.log, 'lobby', 1)).firstSeq).to.equal(1);
  });

  it('refuses the database of another program, and leaves it alone', async () => {
    change('CREATE TABLE recipes (title TEXT)');
    expect((await refusal()).message).to.equal(`${path} is the database of another program`);
    const sqlite = new Database(path);
    expect(sqlite.pragma('journal_mode', { simple: true })).to.equal('delete');
    sqlite.close();
  });

  it('refuses a file that is no database', async () => {
    await writeFile(path, 'Dear diary, '.repeat(1000));
    const { message, code } = await refusal();
    expect(message).to.equal(`${path} is not a database (SQLITE_NOTADB)`);
    expect(code).to.equal('SQLITE_NOTADB');
  });

  it('refuses a database that is damaged', async () => {
    await fill();
    const file = await open(path, 'r+');
    // Its first page, after the header: the schema.
    await file.write(Buffer.alloc(3900, 0x55), 0, 3900, 100);
    await file.close();
    expect((await refusal()).message).to.match(/tcp-chat\.db is damaged \(SQLITE_CORRUPT\)/);
  });

  it('refuses a database that was cut off, at the latest when it is read', async () => {
    await fill();
    await truncate(path, 8192);
    const outcome = await SqliteStorage.open(path).then(
      async (storage) => {
        const error = await storage.log.read('lobby', all).catch((reason: unknown) => reason);
        await storage.close();
        return error;
      },
      (error: unknown) => error,
    );
    expect((outcome as Error).message).to.match(/tcp-chat\.db is damaged \(SQLITE_CORRUPT/);
  });

  it('says that the folder is none', async () => {
    await writeFile(join(folder, 'file'), '');
    path = join(folder, 'file', databaseName);
    expect((await refusal()).message).to.match(/tcp-chat\.db cannot be opened, because its folder/);
  });

  it('says that the database is a folder', async () => {
    path = folder;
    expect((await refusal()).message).to.equal(`${folder} is a folder`);
  });
});

async function epochOf(storage: SqliteStorage): Promise<string> {
  return (await storage.log.state('lobby')).epoch;
}
