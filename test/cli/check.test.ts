import Database from 'better-sqlite3';
import { expect } from 'chai';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { databaseName, SqliteStorage } from '../../src/store/sqlite/storage.js';
import { append, draft } from '../contract/store.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { Program, type Outcome } from '../support/programs.js';

describe('tcp-chat-server check', () => {
  let folder: string;
  let path: string;
  let storage: SqliteStorage;

  async function check(): Promise<Outcome> {
    return await new Program('server', ['check', '--data', folder]).ended();
  }

  /** What it prints about a database that nobody uses, after this has happened to it. */
  async function complaints(sql: string): Promise<string[]> {
    await storage.close();
    const sqlite = new Database(path);
    sqlite.pragma('foreign_keys = OFF');
    sqlite.exec(sql);
    sqlite.close();
    const { exitCode, stdout, stderr } = await check();
    expect([exitCode, stderr]).to.deep.equal([1, '']);
    return stdout.trimEnd().split('\n');
  }

  beforeEach(async () => {
    folder = await makeFolder();
    path = join(folder, databaseName);
    storage = await SqliteStorage.open(path);
    await append(storage.log, 'lobby', 3000, (index) => draft(`text ${index}`, { id: `${index}` }));
    await append(storage.log, 'garden', 10);
    await storage.log.trim({ entriesMax: 2900, sinceMs: 0 });
  });

  afterEach(async () => {
    await storage.close();
    await removeFolder(folder);
  });

  it('finds nothing in a database that is whole, also while it is served', async () => {
    let isDone = false;
    const running = check().finally(() => (isDone = true));
    while (!isDone) await append(storage.log, 'garden', 1);
    const { exitCode, stdout, stderr } = await running;
    expect([exitCode, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.match(/tcp-chat\.db: \d+ messages in 2 rooms, no damage\n$/);
  });

  it('names the messages that are damaged, and those that are missing', async () => {
    const sql = `UPDATE messages SET content = 'x' WHERE seq = 200;
      DELETE FROM messages WHERE seq BETWEEN 2000 AND 2009;
      UPDATE messages SET sender = 'x' WHERE room_id = 2`;
    expect(await complaints(sql)).to.deep.equal([
      'lobby: message 200 is damaged and cannot be read',
      'lobby: messages 2000 to 2009 are damaged and cannot be read',
      'garden: messages 1 to 10 are damaged and cannot be read',
      `${path}: 2889 messages in 2 rooms, 3 problems`,
    ]);
  });

  it('names rooms that have lost their end, or whose row is damaged', async () => {
    await append(storage.log, 'garden', 5);
    const sql = `DELETE FROM messages WHERE room_id = 2 AND seq > 10;
      UPDATE rooms SET head_seq = 10 WHERE id = 2`;
    const lines = await complaints(sql);
    expect(lines).to.include('garden: its row in the table of rooms is damaged');
    expect(lines).to.include(
      'garden: messages up to 15 were acknowledged, but the last one found is 10',
    );
  });

  it('says what is wrong with pages and indexes', async () => {
    await storage.close();
    const bytes = readFileSync(path);
    const page = Math.floor(bytes.lastIndexOf('text 1500') / 4096) * 4096;
    bytes.fill(0x55, page, page + 4096);
    writeFileSync(path, bytes);
    const { exitCode, stdout } = await check();
    expect(exitCode).to.equal(1);
    expect(stdout).to.match(/tcp-chat\.db: .*btreeInitPage\(\) returns error code 11/);
    expect(stdout).to.match(/\nlobby: messages \d+ to \d+ are damaged and cannot be read\n/);
  });

  it('misses the file of heads', async () => {
    rmSync(`${path}.heads`);
    const { exitCode, stdout } = await check();
    expect(exitCode).to.equal(1);
    expect(stdout.split('\n')[0]).to.equal(`${path}: ${path}.heads is missing`);
  });

  it('says that there is no database, or none that can be read', async () => {
    await storage.close();
    for (const [bytes, sentence] of [
      ['Dear diary, '.repeat(100), `${path} is not a database (SQLITE_NOTADB)`],
      [undefined, `there is no database ${path}`],
    ] as const) {
      if (bytes === undefined) rmSync(path);
      else writeFileSync(path, bytes);
      const { exitCode, stdout, stderr } = await check();
      expect([exitCode, stdout]).to.deep.equal([1, '']);
      expect(stderr).to.equal(`tcp-chat-server: ${sentence}\n`);
    }
  });
});
