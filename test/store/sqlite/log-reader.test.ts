import Database from 'better-sqlite3';
import { expect } from 'chai';
import fc from 'fast-check';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Drafts } from '../../../src/core/drafts.js';
import type { Entry, Range, Slice } from '../../../src/core/ports.js';
import { openSqlite, readDatabase } from '../../../src/store/sqlite/database-file.js';
import { HeadsLookup, headsPathOf } from '../../../src/store/sqlite/heads-file.js';
import { LogReader } from '../../../src/store/sqlite/log-reader.js';
import { packAppends, unpackSlice } from '../../../src/store/sqlite/packed.js';
import { serveDatabase, type ServedDatabase } from '../../../src/store/sqlite/served-database.js';
import { LogWriter } from '../../../src/store/sqlite/log-writer.js';
import { databaseName } from '../../../src/store/sqlite/storage.js';
import { edit, message, removal, topic } from '../../contract/store-changes.js';
import { draft } from '../../contract/store-drafts.js';
import { makeFolder, removeFolder } from '../../support/folders.js';

type Way = Range['direction'];

const room = 'lobby';
const ways: readonly Way[] = ['after', 'before'];

/** What is done to one row, as SQL; the row has the number `?`. */
const harms = {
  'another text': `UPDATE messages SET content = content || '!' WHERE seq = ?`,
  'another sender': `UPDATE messages SET sender = 'mallory' WHERE seq = ?`,
  'another author': `UPDATE messages SET author = 'mallory' WHERE seq = ?`,
  'another id': `UPDATE messages SET id = 'x' || id WHERE seq = ?`,
  'another time': 'UPDATE messages SET sent_at_ms = sent_at_ms + 4294967296 WHERE seq = ?',
  'another room': 'UPDATE messages SET room_id = 99 WHERE seq = ?',
  'no checksum': 'UPDATE messages SET check_sum = NULL WHERE seq = ?',
  'another kind': `UPDATE messages SET change = 'topic' WHERE seq = ?`,
  'a kind that there is not': `UPDATE messages SET change = '' WHERE seq = ?`,
  'another target': 'UPDATE messages SET target_seq = coalesce(target_seq, 1) + 1 WHERE seq = ?',
  'another time of its edit':
    'UPDATE messages SET edited_at_ms = coalesce(edited_at_ms, -1) + 1 WHERE seq = ?',
  'another number': 'UPDATE messages SET seq = seq + 1000000 WHERE seq = ?',
  removed: 'DELETE FROM messages WHERE seq = ?',
} as const;

/** The same, and what a change and a changed message have beside that. */
const harmsOfChanges = {
  ...harms,
  'a kind that is gone': `
    UPDATE messages SET change = iif(change IS NULL, 'edit', NULL) WHERE seq = ?`,
  'a target that is gone': `
    UPDATE messages SET target_seq = iif(target_seq IS NULL, 1, NULL) WHERE seq = ?`,
  'an edit that nobody made': `
    UPDATE messages SET edited_at_ms = iif(edited_at_ms IS NULL, 0, NULL) WHERE seq = ?`,
} as const;

describe('LogReader', () => {
  let folder: string;
  let path: string;
  let served: ServedDatabase;
  let database: LogWriter;
  let reader: LogReader;

  beforeEach(async () => {
    folder = await makeFolder();
    path = join(folder, databaseName);
    served = serveDatabase(path);
    database = new LogWriter(served);
    reader = new LogReader(served.sqlite);
  });

  afterEach(async () => {
    served.close();
    await removeFolder(folder);
  });

  function append(count: number, content = (index: number) => `message ${index + 1}`): void {
    const drafts = Array.from({ length: count }, (_, index) =>
      draft(content(index), { id: `${index}`, sentAtMs: 1_700_000_000_000 + index }),
    );
    void database.append(packAppends([{ room, drafts: Drafts.of(drafts) }]));
  }

  function read(direction: Way, seq: number, entriesMax = 1000): Slice {
    return unpackSlice(reader.read(room, { seq, direction, entriesMax, charsMax: 1e6 }));
  }

  /** Reads the whole room; returns what can be read, and what is said to be damaged. */
  function readAll(direction: Way, entriesMax?: number): [readable: Entry[], damaged: number[]] {
    const step = direction === 'after' ? 1 : -1;
    const { headSeq, tailSeq } = reader.state(room);
    const [first, last] = step > 0 ? [tailSeq, headSeq] : [headSeq, tailSeq];
    const readable: Entry[] = [];
    const damaged: number[] = [];
    let next = first;
    while ((last - next) * step >= 0) {
      const slice = read(direction, next - step, entriesMax);
      const entries = step > 0 ? slice.entries : slice.entries.toReversed();
      if (slice.damaged !== undefined) {
        const { fromSeq, toSeq } = slice.damaged;
        expect(fromSeq).to.be.at.most(toSeq);
        const [from, to] = step > 0 ? [fromSeq, toSeq] : [toSeq, fromSeq];
        expect(from).to.equal(next);
        for (let seq = from; (to - seq) * step >= 0; seq += step) damaged.push(seq);
        next = to + step;
      }
      for (const entry of entries) {
        expect(entry.seq).to.equal(next);
        next += step;
      }
      readable.push(...entries);
      if (entries.length === 0) expect(next - step, 'the end').to.equal(last);
    }
    const ascending = (a: number, b: number): number => a - b;
    return [readable.sort((a, b) => a.seq - b.seq), damaged.sort(ascending)];
  }

  for (const [harm, sql] of Object.entries(harms)) {
    it(`names a message with ${harm}, and gives the others, in both directions`, () => {
      append(20);
      const before = read('after', 0).entries;
      for (const seq of [1, 7, 8, 20]) served.sqlite.prepare(sql).run(seq);
      for (const way of ways) {
        for (const entriesMax of [1, 3, 1000]) {
          const [entries, damaged] = readAll(way, entriesMax);
          expect(damaged).to.deep.equal([1, 7, 8, 20]);
          expect(entries).to.deep.equal(before.filter(({ seq }) => !damaged.includes(seq)));
        }
      }
    });
  }

  for (const [harm, sql] of Object.entries(harmsOfChanges)) {
    it(`names changes and changed messages with ${harm}, in both directions`, () => {
      const sentAtMs = 1_700_000_000_042;
      const changes = [edit(1, 'new'), edit(2, 'newer'), removal(3), topic('all'), edit(4, 'e')];
      const messages = [1, 2, 3, 4, 5].map((index) => message(`message ${index}`));
      const drafts = [...messages, ...changes].map((one, index) => {
        return { ...one, id: `${index}`, sentAtMs };
      });
      void database.append(packAppends([{ room, drafts: Drafts.of(drafts) }]));
      const before = read('after', 0).entries;
      const harmed = [1, 3, 6, 8];
      for (const seq of harmed) served.sqlite.prepare(sql).run(seq);
      for (const way of ways) {
        const [entries, damaged] = readAll(way, 3);
        expect(damaged).to.deep.equal(harmed);
        expect(entries).to.deep.equal(before.filter(({ seq }) => !damaged.includes(seq)));
      }
    });
  }

  it('gives all that can be read and names the rest, whatever happens to the rows', () => {
    append(120);
    const original = read('after', 0).entries;
    const harmed = fc.array(
      fc.record({
        seq: fc.integer({ min: 1, max: 120 }),
        sql: fc.constantFrom(...Object.values(harms)),
      }),
      { maxLength: 60 },
    );
    const bytes = served.sqlite.serialize();
    bytes.fill(1, 18, 20); // a database without a write-ahead log can be in memory
    fc.assert(
      fc.property(
        harmed,
        fc.constantFrom(...ways),
        fc.integer({ min: 1, max: 50 }),
        (all, way, max) => {
          const copy = new Database(bytes);
          copy.pragma('foreign_keys = OFF');
          const change = ({ seq, sql }: (typeof all)[number]): void => {
            copy.prepare(sql.replace('UPDATE', 'UPDATE OR IGNORE')).run(seq);
          };
          all.forEach(change);
          reader = new LogReader(copy);
          const [entries, damaged] = readAll(way, max);
          copy.close();
          const harmedSeqs = all.map(({ seq }) => seq);
          for (const entry of entries) expect(entry).to.deep.equal(original[entry.seq - 1]);
          for (const seq of damaged) expect(harmedSeqs).to.include(seq);
          expect(entries.length + damaged.length).to.equal(120);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('passes damage of a hundred thousand messages, and reads what is after it', () => {
    append(100_000, () => 'x');
    served.sqlite.exec('DELETE FROM messages WHERE seq BETWEEN 101 AND 99900');
    served.sqlite.exec(`UPDATE messages SET content = 'y' WHERE seq IN (100, 99950)`);
    for (const way of ways) {
      const [entries, damaged] = readAll(way);
      expect(entries).to.have.length(99 + 100 - 1);
      expect(damaged).to.have.length(99_800 + 2);
    }
  });

  it('says that all is damaged when the rows are gone and the head is not, again and again', () => {
    append(50_000, () => 'x');
    served.sqlite.exec('DELETE FROM messages');
    const startedAtMs = performance.now();
    for (let count = 0; count < 200; count += 1) {
      const { entries, damaged } = read('after', 0);
      expect(entries).to.be.empty;
      expect(damaged).to.deep.equal({ fromSeq: 1, toSeq: 50_000 });
    }
    // Only the first time it looks at more than the first number.
    expect(performance.now() - startedAtMs).to.be.below(2000);
  });

  it('gives the messages of all pages but the damaged ones', () => {
    append(5000, (index) => `content of ${index}`);
    const original = read('after', 0, 5000).entries;
    // Nothing of what was moved stays where it was.
    served.sqlite.exec('VACUUM');
    served.close();
    const bytes = readFileSync(path);
    for (const text of ['content of 900', 'content of 1700', 'content of 1800']) {
      const page = Math.floor(bytes.indexOf(text) / 4096) * 4096;
      bytes.fill(0x55, page, page + 4096);
    }
    const copy = join(folder, 'damaged.db');
    writeFileSync(copy, bytes);
    const sqlite = readDatabase(copy);
    reader = new LogReader(sqlite);
    const [up, damagedUp] = readAll('after');
    const [down, damagedDown] = readAll('before');
    sqlite.close();
    served = serveDatabase(path);
    expect(damagedUp).to.include.members([901, 1701, 1801]);
    expect(damagedUp.length).to.be.within(3, 300);
    // A row next to a damaged page is found from one side, perhaps, and not from the other.
    expect(Math.abs(damagedDown.length - damagedUp.length)).to.be.at.most(6);
    expect(up).to.deep.equal(original.filter(({ seq }) => !damagedUp.includes(seq)));
    expect(down).to.deep.equal(original.filter(({ seq }) => !damagedDown.includes(seq)));
  });

  it('rejects what it cannot tell: where a room stands whose own row is damaged', () => {
    append(3);
    const harmful = ['UPDATE rooms SET head_seq = 2', `UPDATE rooms SET head_seq = 3, topic = 'x'`];
    for (const sql of harmful) {
      served.sqlite.exec(sql);
      for (const ask of [() => reader.state(room), () => read('after', 0)]) {
        expect(ask).to.throw().with.property('code', 'SQLITE_CORRUPT');
      }
      expect(reader.list({ prefix: '', after: '', roomsMax: 10 })).to.be.empty;
    }
  });

  // What SQLite has not found in the index of its log it reads from the database, where it is
  // old; nothing of that is damaged.
  it('rejects what is older than what was acknowledged', () => {
    append(3);
    served.sqlite.pragma('wal_checkpoint(TRUNCATE)');
    append(6, (index) => `${index}`);
    void database.append(packAppends([{ room: 'new', drafts: Drafts.of([draft('first')]) }]));
    const heads = new HeadsLookup(headsPathOf(path));
    const sqlite = readDatabase(path);
    const other = openSqlite(path);
    try {
      const index = openSync(`${path}-shm`, 'r+');
      writeSync(index, Buffer.alloc(16_384), 0, 16_384, 16_384); // its hash table
      closeSync(index);
      expect(new LogReader(sqlite).state(room).headSeq).to.equal(3);
      expect(new LogReader(sqlite).state('new').headSeq).to.equal(0);
      const reader = new LogReader(sqlite, (roomId) => heads.slot(roomId));
      const page = { seq: 0, direction: 'after', entriesMax: 10, charsMax: 1000 } as const;
      for (const name of [room, 'new']) {
        for (const ask of [() => reader.state(name), () => reader.read(name, page)]) {
          expect(ask).to.throw().with.property('code', 'SQLITE_CORRUPT');
        }
      }
      // The connection that writes has some pages in memory, this one has none.
      const cold = new LogWriter({ ...served, sqlite: other });
      for (const name of [room, 'new']) {
        expect(() => cold.append(packAppends([{ room: name, drafts: Drafts.of([draft('more')]) }])))
          .to.throw()
          .with.property('code', 'SQLITE_CORRUPT');
      }
    } finally {
      heads.close();
      sqlite.close();
      other.close();
    }
  });
});
