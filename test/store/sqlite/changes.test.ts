import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Drafts } from '../../../src/core/drafts.js';
import type { Draft, Entry } from '../../../src/core/ports.js';
import { LogReader } from '../../../src/store/sqlite/log-reader.js';
import { LogWriter } from '../../../src/store/sqlite/log-writer.js';
import {
  packAppends,
  unpackAppended,
  unpackSlice,
  type PackedAppended,
} from '../../../src/store/sqlite/packed.js';
import { serveDatabase, type ServedDatabase } from '../../../src/store/sqlite/served-database.js';
import { databaseName } from '../../../src/store/sqlite/storage.js';
import { edit, message, removal, topic } from '../../contract/store-changes.js';
import { all } from '../../contract/store-drafts.js';
import { makeFolder, removeFolder } from '../../support/folders.js';

describe('changes in SQLite', () => {
  let folder: string;
  let served: ServedDatabase;
  let writer: LogWriter;

  beforeEach(async () => {
    folder = await makeFolder();
    served = serveDatabase(join(folder, databaseName));
    writer = new LogWriter(served);
  });

  afterEach(async () => {
    served.close();
    await removeFolder(folder);
  });

  function append(...drafts: readonly Draft[]): string[] {
    const packed = writer.append(
      packAppends([{ room: 'lobby', drafts: Drafts.of(drafts) }]),
    ) as PackedAppended;
    return unpackAppended(packed)[0]!.notAdded.map(({ kind }) => kind);
  }

  function entries(): readonly Entry[] {
    return unpackSlice(new LogReader(served.sqlite).read('lobby', all)).entries;
  }

  function rows(query: string): unknown[] {
    return served.sqlite.prepare(query).all();
  }

  function change(sql: string): void {
    served.sqlite.exec(sql);
  }

  it('are shown to people as what they are', () => {
    append(message('a'), message('b', { sentAtMs: 1_700_000_000_042 }), edit(1, 'c'), topic('d'));
    append(removal(1), edit(2, 'e', { sentAtMs: 1_700_000_001_000 }));
    const shown = rows('SELECT seq, kind, target, edited, content FROM history ORDER BY seq');
    expect(shown.map((row) => Object.values(row as object))).to.deep.equal([
      [1, 'removed message', 1, null, ''],
      [2, 'message', null, '2023-11-14T22:13:21.000Z', 'e'],
      [3, 'removal', 1, null, ''],
      [4, 'topic', null, null, 'd'],
      [5, 'removal', 1, null, ''],
      [6, 'edit', 2, null, 'e'],
    ]);
  });

  it('leave a removed text in no row of any table, nor a short one in the file', () => {
    const texts = ['first text of all', 'second text of all', 'x'.repeat(3000)];
    append(message('before'), message(texts[0]!, { id: '1' }), message('after'));
    append(...texts.map((text, index) => edit(2, text, { id: `e${index}` })), message('last'));
    append(removal(2, { id: 'r' }));
    expect(rows('SELECT seq FROM messages')).to.have.length(8);
    const tables = served.sqlite
      .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')`)
      .pluck()
      .all();
    expect(tables).to.include.members(['messages', 'spent_ids', 'rooms', 'history']);
    for (const table of tables) {
      const values = rows(`SELECT * FROM ${table}`).flatMap((row) => Object.values(row as object));
      for (const value of values) {
        const text = Buffer.isBuffer(value) ? value.toString('latin1') : String(value);
        for (const removed of texts) expect(text, table).not.to.include(removed);
      }
    }
    // What SQLite has freed in its pages it overwrites (secure_delete). Pages that it has freed as
    // a whole, after a long text, keep what was in them until they are used again.
    served.sqlite.pragma('wal_checkpoint(TRUNCATE)');
    const file = readFileSync(join(folder, databaseName), 'latin1');
    for (const removed of texts.slice(0, 2)) expect(file).not.to.include(removed);
  });

  it('keep the id and the hash of a content once, however often it is changed', () => {
    append(message('a', { id: '1' }), message('no id'), edit(2, 'x'));
    append(edit(1, 'b', { id: '2' }), edit(1, 'c'), removal(1), removal(2));
    const spent = 'SELECT id, seq, hex(content_sha256) AS hash, change, target_seq FROM spent_ids';
    const expected = [
      ['1', 1, sha256OfA, null, null],
      ['2', 4, sha256OfB, 'edit', 1],
    ];
    const found = (): unknown[] => rows(spent).map((row) => Object.values(row as object));
    expect(found()).to.deep.equal(expected);
    writer.trim({ entriesMax: 1, sinceMs: 0 });
    expect(found()).to.deep.equal(expected);
  });

  it('are done with all of their append or not at all', () => {
    append(message('a', { id: '1' }), topic('before'));
    const before = [entries(), rows('SELECT * FROM rooms'), rows('SELECT * FROM spent_ids')];
    const pages = served.sqlite.pragma('page_count', { simple: true }) as number;
    served.sqlite.pragma(`max_page_count = ${pages + 2}`);
    const large = Array.from({ length: 20 }, () => message('x'.repeat(4000)));
    expect(() => append(edit(1, 'b'), topic('new'), removal(1), ...large))
      .to.throw()
      .with.property('code', 'SQLITE_FULL');
    const after = [entries(), rows('SELECT * FROM rooms'), rows('SELECT * FROM spent_ids')];
    expect(after).to.deep.equal(before);
    served.sqlite.pragma('max_page_count = 1000000');
    expect(append(edit(1, 'c'), message('d'))).to.be.empty;
    expect(new LogReader(served.sqlite).state('lobby').topic).to.equal('before');
    expect(entries().map(({ content }) => content)).to.deep.equal(['c', 'before', 'c', 'd']);
  });

  it('are refused where the message is damaged, and it stays so', () => {
    append(message('a'), message('b'));
    change(`UPDATE messages SET sender = 'mallory' WHERE seq = 1`);
    change('DELETE FROM messages WHERE seq = 2');
    expect(append(edit(1, 'x'), removal(1), edit(2, 'x'), removal(2))).to.deep.equal(
      Array.from({ length: 4 }, () => 'missing'),
    );
    expect(rows('SELECT seq, content FROM messages')).to.deep.equal([{ seq: 1, content: 'a' }]);
  });

  it('remove the text of an edit whose row is damaged, which stays damaged', () => {
    append(message('a'), edit(1, 'secret'), message('b'));
    change(`UPDATE messages SET sender = 'mallory' WHERE seq = 2`);
    expect(append(removal(1))).to.be.empty;
    expect(rows(`SELECT seq FROM messages WHERE content = 'secret'`)).to.be.empty;
    const reader = new LogReader(served.sqlite);
    expect(unpackSlice(reader.read('lobby', { ...all, seq: 1 })).damaged).to.deep.equal({
      fromSeq: 2,
      toSeq: 2,
    });
  });

  it('find the edits of a message by an index that has nothing else', () => {
    append(...Array.from({ length: 50 }, (_, index) => message(`${index}`)), edit(1, 'x'));
    append(removal(1), edit(2, 'y'), topic('z'));
    const query = `SELECT count(*) AS count FROM messages INDEXED BY messages_by_target WHERE change = 'edit'`;
    expect(rows(query)).to.deep.equal([{ count: 1 }]);
  });
});

const sha256OfA = 'CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB';
const sha256OfB = '3E23E8160039594A33894F6564E1B1348BBD7A0088D42C4ACB73EEAED59C009D';
