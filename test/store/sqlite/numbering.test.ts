import Database from 'better-sqlite3';
import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseName, SqliteStorage } from '../../../src/store/sqlite/storage.js';
import { all, append, draft, seqs } from '../../contract/store-drafts.js';
import { makeFolder, removeFolder } from '../../support/folders.js';
import { schemaOfVersion1 } from '../../support/schema-1.js';

const headerBytes = 64;
const slotBytes = 16;

describe('SqliteStorage, about numbers that were acknowledged', () => {
  let folder: string;
  let path: string;
  let heads: string;
  let storage: SqliteStorage | undefined;

  beforeEach(async () => {
    folder = await makeFolder();
    path = join(folder, databaseName);
    heads = `${path}.heads`;
    storage = undefined;
  });

  afterEach(async () => {
    await storage?.close();
    await removeFolder(folder);
  });

  async function open(): Promise<SqliteStorage> {
    await storage?.close();
    storage = await SqliteStorage.open(path);
    return storage;
  }

  async function close(): Promise<void> {
    await storage?.close();
    storage = undefined;
  }

  async function epochs(...rooms: readonly string[]): Promise<string[]> {
    return await Promise.all(rooms.map(async (room) => (await storage!.log.state(room)).epoch));
  }

  /** What was found at the last start: rooms, and how many there are. */
  function found(): Array<readonly [problem: string, rooms: readonly string[]]> {
    return storage!.findings.map(({ problem, rooms }) => [problem, rooms] as const);
  }

  async function change(file: string, harm: (bytes: Buffer) => void): Promise<void> {
    const bytes = await readFile(file);
    harm(bytes);
    await writeFile(file, bytes);
  }

  it('keeps all epochs when nothing is lost, from start to start', async () => {
    await open();
    for (const room of ['a', 'b']) await append(storage!.log, room, 3);
    const before = await epochs('a', 'b', 'unused');
    for (let start = 0; start < 3; start += 1) {
      await open();
      expect(await epochs('a', 'b', 'unused')).to.deep.equal(before);
      expect(storage!.findings).to.be.empty;
      await append(storage!.log, 'a', 1);
    }
  });

  it('gives a new epoch to the rooms that are shorter than they were, and goes on', async () => {
    await open();
    for (const room of ['same', 'shorter']) await append(storage!.log, room, 5);
    await close();
    await copyFile(path, join(folder, 'older'));
    await open();
    await append(storage!.log, 'shorter', 5);
    const before = await epochs('same', 'shorter', 'unused');
    await close();
    await rename(join(folder, 'older'), path);

    await open();
    const after = await epochs('same', 'shorter', 'unused');
    expect(after.map((epoch, index) => epoch === before[index])).to.deep.equal([true, false, true]);
    expect(found()).to.deep.equal([
      ['rooms have lost their newest messages and got a new epoch', ['shorter']],
    ]);
    expect((await append(storage!.log, 'shorter', 1)).firstSeq).to.equal(6);
    await open();
    expect(await epochs('same', 'shorter', 'unused')).to.deep.equal(after);
    expect(storage!.findings).to.be.empty;
  });

  it('gives new rooms another epoch when there were some that are gone', async () => {
    await open();
    await append(storage!.log, 'old', 5);
    await close();
    await copyFile(path, join(folder, 'older'));
    await open();
    await append(storage!.log, 'new', 5);
    const before = await epochs('old', 'new');
    await close();
    await rename(join(folder, 'older'), path);

    await open();
    const after = await epochs('old', 'new');
    expect(after.map((epoch, index) => epoch === before[index])).to.deep.equal([true, false]);
    expect(found().map(([problem]) => problem)).to.deep.equal([
      'some rooms are missing from the database; new rooms get a new epoch',
    ]);
    await append(storage!.log, 'new', 1);
    expect((await epochs('new'))[0]).to.equal(after[1]);
  });

  for (const [what, harm, reason] of [
    ['missing', async (file: string) => await rm(file), /is missing/],
    ['empty', async (file: string) => await writeFile(file, ''), /damaged or belongs to another/],
    ['of another database', otherHeads, /damaged or belongs to another/],
  ] as const) {
    it(`gives all rooms a new epoch when the heads are ${what}`, async () => {
      const { incarnation } = await open();
      for (const room of ['a', 'b']) await append(storage!.log, room, 3);
      const before = await epochs('a', 'b', 'unused');
      await close();
      await harm(heads);
      await open();
      const after = await epochs('a', 'b', 'unused');
      expect(after.filter((epoch, index) => epoch === before[index])).to.be.empty;
      expect(new Set(after).size).to.equal(3);
      expect(found()).to.have.length(1);
      expect(found()[0]![0]).to.match(reason);
      expect(found()[0]![1]).to.have.members(['a', 'b']);
      // Who was a guest in a start that nobody knows of is not to be taken for another one.
      expect(storage!.incarnation).to.be.at.least(incarnation + 1000);
      await open();
      expect(await epochs('a', 'b', 'unused')).to.deep.equal(after);
      expect(storage!.findings).to.be.empty;
    });
  }

  it('gives one room a new epoch when only its slot is damaged or cut off', async () => {
    await open();
    for (const room of ['a', 'b', 'c']) await append(storage!.log, room, 3);
    let before = await epochs('a', 'b', 'c', 'unused');
    await close();
    await change(heads, (bytes) => {
      bytes[headerBytes + 2 * slotBytes + 7]! ^= 4;
    });
    await open();
    let after = await epochs('a', 'b', 'c', 'unused');
    const isSame = (epoch: string, index: number): boolean => epoch === before[index];
    expect(after.map(isSame)).to.deep.equal([true, false, true, true]);

    before = after;
    await close();
    await writeFile(heads, (await readFile(heads)).subarray(0, headerBytes + 3 * slotBytes + 5));
    await open();
    after = await epochs('a', 'b', 'c', 'unused');
    expect(after.map(isSame)).to.deep.equal([true, true, false, true]);
  });

  it('finds the row of a room that is not as it was written', async () => {
    await open();
    for (const room of ['a', 'b']) await append(storage!.log, room, 5);
    await storage!.log.trim({ entriesMax: 3, sinceMs: 0 });
    const before = await epochs('a', 'b', 'unused');
    await close();
    const sqlite = new Database(path);
    sqlite.exec(`UPDATE rooms SET head_seq = 2, tail_seq = 1 WHERE name = 'b'`);
    sqlite.close();
    await open();
    const after = await epochs('a', 'b', 'unused');
    const isSame = after.map((epoch, index) => epoch === before[index]);
    expect(isSame).to.deep.equal([true, false, false]);
    expect(await storage!.log.state('b')).to.include({ headSeq: 5, tailSeq: 3 });
    expect(seqs(await storage!.log.read('b', all))).to.deep.equal([3, 4, 5]);
  });

  it('takes a database that was copied alone for another one', async () => {
    await open();
    await append(storage!.log, 'a', 3);
    const before = await epochs('a', 'unused');
    await close();
    await mkdir(join(folder, 'copy'));
    await copyFile(path, join(folder, 'copy', databaseName));
    await using copy = await SqliteStorage.open(join(folder, 'copy', databaseName));
    expect((await copy.log.state('a')).epoch).not.to.equal(before[0]);
    expect((await copy.log.state('unused')).epoch).not.to.equal(before[1]);
    expect(seqs(await copy.log.read('a', all))).to.deep.equal([1, 2, 3]);
  });

  it('brings a database of version 1 up to date, with its epoch and its messages', async () => {
    const sqlite = new Database(path);
    sqlite.pragma('journal_mode = WAL');
    sqlite.exec(schemaOfVersion1);
    sqlite.pragma('user_version = 1');
    sqlite.pragma(`application_id = ${0x74636368}`);
    const meta = sqlite.prepare('INSERT INTO meta VALUES (?, ?)');
    const secret = randomBytes(32);
    meta.run('epoch', 'epoch-of-old');
    meta.run('secret', secret);
    meta.run('starts', 7);
    sqlite.exec(`INSERT INTO rooms VALUES (1, 'lobby', 3, 2, 20), (2, 'empty', 5, 6, NULL)`);
    sqlite.exec(`INSERT INTO messages VALUES
      (1, 2, 20, 'alice', 'account:1', 'x', 'two'), (1, 3, 30, 'bob', 'account:2', '', 'three')`);
    sqlite.close();

    await open();
    expect(storage!.findings).to.be.empty;
    expect(storage!.incarnation).to.equal(8);
    expect(Buffer.from(storage!.secret)).to.deep.equal(secret);
    const rooms = ['lobby', 'empty', 'unused'];
    expect(new Set(await epochs(...rooms))).to.deep.equal(new Set(['epoch-of-old']));
    const plain = { change: undefined, editedAtMs: 0 };
    expect((await storage!.log.read('lobby', all)).entries).to.deep.equal([
      { ...plain, seq: 2, id: 'x', sender: 'alice', content: 'two', sentAtMs: 20 },
      { ...plain, seq: 3, id: '', sender: 'bob', content: 'three', sentAtMs: 30 },
    ]);
    const again = draft('two', { id: 'x', author: 'account:1' });
    expect(await append(storage!.log, 'lobby', 1, () => again)).to.deep.equal({
      firstSeq: 4,
      notAdded: [{ index: 0, kind: 'repeated', seq: 2, sentAtMs: 20, isSame: true }],
    });
    expect((await append(storage!.log, 'lobby', 1)).firstSeq).to.equal(4);
    expect((await append(storage!.log, 'empty', 1)).firstSeq).to.equal(6);
    await open();
    expect(new Set(await epochs(...rooms))).to.deep.equal(new Set(['epoch-of-old']));
    expect(seqs(await storage!.log.read('lobby', all))).to.deep.equal([2, 3, 4]);
  });
});

/** The heads of a database that has the same rooms. */
async function otherHeads(file: string): Promise<void> {
  const folder = await makeFolder();
  const path = join(folder, databaseName);
  const other = await SqliteStorage.open(path);
  for (const room of ['a', 'b']) await append(other.log, room, 3);
  await other.close();
  await copyFile(`${path}.heads`, file);
  await removeFolder(folder);
}
