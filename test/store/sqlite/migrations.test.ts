import Database from 'better-sqlite3';
import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { messageCheckSum } from '../../../src/store/sqlite/check-sums.js';
import { checkDatabase } from '../../../src/store/sqlite/check.js';
import { databaseName, SqliteStorage } from '../../../src/store/sqlite/storage.js';
import { all, append, draft, seqs, trimAll } from '../../contract/store-drafts.js';
import { appendAll, edit, removal, topic } from '../../contract/store-changes.js';
import { makeFolder, removeFolder } from '../../support/folders.js';
import { schemaOfVersion3 } from '../../support/schema-3.js';
import { crc32 } from 'node:zlib';

describe('a database of version 3, in which all entries are messages', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await makeFolder();
    path = join(folder, databaseName);
    const sqlite = new Database(path);
    sqlite.pragma('journal_mode = WAL');
    sqlite.exec(schemaOfVersion3);
    sqlite.pragma('user_version = 3');
    sqlite.pragma(`application_id = ${0x74636368}`);
    const meta = sqlite.prepare('INSERT INTO meta VALUES (?, ?)');
    meta.run('epoch', 'epoch-of-old');
    meta.run('secret', randomBytes(32));
    meta.run('starts', 7);
    const roomSum = crc32('1 4 2 epoch-of-old lobby') | 0;
    sqlite
      .prepare(`INSERT INTO rooms VALUES (1, 'lobby', 4, 2, 20, 'epoch-of-old', ?, 2)`)
      .run(roomSum);
    const insert = sqlite.prepare('INSERT INTO messages VALUES (1, ?, ?, ?, ?, ?, ?, ?)');
    // Number 2 is from before there were checksums.
    insert.run(2, 20, 'alice', 'alice/phone', 'x', 'two', null);
    for (const seq of [3, 4]) {
      const columns = [seq * 10, 'bob', 'bob/phone', `id ${seq}`, `text ${seq}`] as const;
      insert.run(seq, ...columns, messageCheckSum(1, seq, ...columns));
    }
    const spent = sqlite.prepare('INSERT INTO spent_ids VALUES (1, ?, ?, 1, 10, ?)');
    const sha256 = Buffer.from(
      'fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603', // of "ab"
      'hex',
    );
    spent.run('alice/phone', 'old', sha256);
    sqlite.close();
  });

  afterEach(async () => await removeFolder(folder));

  it('keeps its messages, its epoch and its ids', async () => {
    await using storage = await SqliteStorage.open(path);
    const { log } = storage;
    expect(storage.findings).to.be.empty;
    expect(storage.incarnation).to.equal(8);
    const { entries, damaged, ...state } = await log.read('lobby', all);
    expect([state, damaged]).to.deep.equal([
      { epoch: 'epoch-of-old', headSeq: 4, tailSeq: 2, topic: '' },
      undefined,
    ]);
    const plain = { change: undefined, editedAtMs: 0 };
    expect(entries).to.deep.equal([
      { ...plain, seq: 2, id: 'x', sender: 'alice', content: 'two', sentAtMs: 20 },
      { ...plain, seq: 3, id: 'id 3', sender: 'bob', content: 'text 3', sentAtMs: 30 },
      { ...plain, seq: 4, id: 'id 4', sender: 'bob', content: 'text 4', sentAtMs: 40 },
    ]);
    const bob = { author: 'bob/phone' };
    const { notAdded } = await appendAll(
      log,
      draft('ab', { id: 'old', author: 'alice/phone' }),
      draft('text 3', { ...bob, id: 'id 3' }),
      draft('other', { ...bob, id: 'id 4' }),
    );
    expect(notAdded).to.deep.equal([
      { index: 0, kind: 'repeated', seq: 1, sentAtMs: 10, isSame: true },
      { index: 1, kind: 'repeated', seq: 3, sentAtMs: 30, isSame: true },
      { index: 2, kind: 'repeated', seq: 4, sentAtMs: 40, isSame: false },
    ]);
  });

  it('writes none of its rows anew', async () => {
    const rows = (): unknown[] => {
      const sqlite = new Database(path);
      const columns = 'room_id, seq, sent_at_ms, sender, author, id, content, check_sum';
      const found = sqlite.prepare(`SELECT ${columns} FROM messages`).all();
      sqlite.close();
      return found;
    };
    const before = rows();
    await (await SqliteStorage.open(path)).close();
    expect(rows()).to.deep.equal(before);
    const told = Array.from(checkDatabase(path), ({ kind }) => kind);
    expect(told).to.deep.equal(['whole', 'room']);
  });

  it('takes changes of its messages, those without a checksum included', async () => {
    await using storage = await SqliteStorage.open(path);
    const { log } = storage;
    const { notAdded } = await appendAll(
      log,
      edit(2, 'zwei', { sentAtMs: 50 }),
      removal(3, { author: 'bob/desktop' }),
      topic('old and new'),
    );
    expect(notAdded).to.be.empty;
    const { entries, topic: read } = await log.read('lobby', all);
    expect(read).to.equal('old and new');
    expect(entries[0]).to.include({ content: 'zwei', editedAtMs: 50 });
    expect(entries[1]).to.deep.include({ content: '', change: { kind: 'removal', targetSeq: 3 } });
    await trimAll(log, { entriesMax: 1, sinceMs: 0 });
    const again = draft('two', { id: 'x', author: 'alice/phone' });
    expect((await append(log, 'lobby', 1, () => again)).notAdded).to.deep.equal([
      { index: 0, kind: 'repeated', seq: 2, sentAtMs: 20, isSame: true },
    ]);
    expect(seqs(await log.read('lobby', all))).to.deep.equal([7]);
  });
});
