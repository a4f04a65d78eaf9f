import Database from 'better-sqlite3';
import { expect } from 'chai';
import { join } from 'node:path';
import { Drafts } from '../../../src/core/drafts.js';
import { LogReader } from '../../../src/store/sqlite/log-reader.js';
import {
  packAppends,
  unpackAppended,
  unpackSlice,
  type PackedAppended,
} from '../../../src/store/sqlite/packed.js';
import { serveDatabase, type ServedDatabase } from '../../../src/store/sqlite/served-database.js';
import { LogWriter } from '../../../src/store/sqlite/log-writer.js';
import { databaseName } from '../../../src/store/sqlite/storage.js';
import { sql } from '../../../src/store/sqlite/statements.js';
import { all, draft } from '../../contract/store.js';
import { makeFolder, removeFolder } from '../../support/folders.js';

/** Whether a step of a query plan looks at all rows of a table. */
function isSlow(step: string): boolean {
  return /SCAN|TEMP B-TREE/.test(step) && !/^SCAN \d+-ROW VALUES CLAUSE$/.test(step);
}

describe('LogWriter', () => {
  let folder: string;
  let served: ServedDatabase;
  let database: LogWriter;
  let reader: LogReader;

  beforeEach(async () => {
    folder = await makeFolder();
    served = serveDatabase(join(folder, databaseName));
    database = new LogWriter(served);
    reader = new LogReader(served.sqlite);
  });

  afterEach(async () => {
    served.close();
    await removeFolder(folder);
  });

  function append(count: number, content = 'hello', room = 'lobby', idPrefix?: string): number {
    const drafts = Array.from({ length: count }, (_, index) =>
      draft(content, idPrefix === undefined ? {} : { id: `${idPrefix}-${index}` }),
    );
    const packed = database.append(packAppends([{ room, drafts: Drafts.of(drafts) }]));
    return unpackAppended(packed as PackedAppended)[0]!.firstSeq;
  }

  function rows(query: string): unknown[] {
    return served.sqlite.prepare(query).all();
  }

  it('has one row per message, which people can read', () => {
    const fields = { id: '1', author: 'account:7', sender: 'alice', sentAtMs: 1_700_000_000_042 };
    void database.append(
      packAppends([{ room: 'lobby', drafts: Drafts.of([draft('hello', fields), draft('x')]) }]),
    );
    expect(rows('SELECT * FROM history WHERE seq = 1')).to.deep.equal([
      {
        room: 'lobby',
        seq: 1,
        time: '2023-11-14T22:13:20.042Z',
        sender: 'alice',
        kind: 'message',
        target: null,
        edited: null,
        content: 'hello',
      },
    ]);
    expect(rows('SELECT count(*) AS count FROM messages')).to.deep.equal([{ count: 2 }]);
  });

  it('finds by an index whatever it looks for', () => {
    append(10);
    const scanning = Object.entries(sql).filter(([, text]) => {
      const plan = served.sqlite.prepare<unknown[], { detail: string }>(
        `EXPLAIN QUERY PLAN ${text}`,
      );
      const values = Array.from({ length: text.split('?').length - 1 }, () => 1);
      return plan.all(...values).some(({ detail }) => isSlow(detail));
    });
    // It is asked once per start.
    expect(scanning.map(([name]) => name)).to.deep.equal(['longerRooms']);
  });

  it('keeps a room in memory as it is in the database, however many there are', () => {
    const appends = Array.from({ length: 12_000 }, (_, index) => ({
      room: `room-${index}`,
      drafts: Drafts.of([draft('x')]),
    }));
    for (let round = 1; round <= 2; round += 1) {
      const results = unpackAppended(database.append(packAppends(appends)) as PackedAppended);
      expect(results.every(({ firstSeq }) => firstSeq === round)).to.equal(true);
    }
    expect(reader.state('room-0')).to.include({ headSeq: 2, tailSeq: 1 });
  });

  it('trims tens of thousands of rows in short steps, while others append', () => {
    for (let batch = 0; batch < 20; batch += 1) append(1000, 'x', 'lobby', `${batch}`);
    let headSeq = 20_000;
    let calls = 0;
    let isMore = true;
    for (; isMore; calls += 1) {
      const before = reader.state('lobby').tailSeq;
      ({ isMore } = database.trim({ entriesMax: 100, sinceMs: 0 }));
      expect(reader.state('lobby').tailSeq - before).to.be.at.most(1000);
      expect(append(1)).to.equal(headSeq + 1);
      headSeq += 1;
    }
    expect(calls).to.be.within(20, 99);
    const { tailSeq } = reader.state('lobby');
    expect(tailSeq).to.equal(headSeq - 100);
    const spent = rows('SELECT count(*) AS count FROM spent_ids');
    expect(spent).to.deep.equal([{ count: tailSeq - 1 }]);
  });

  it('keeps nothing of an append that fails midway, and goes on when there is space', () => {
    append(100, 'before');
    const pages = served.sqlite.pragma('page_count', { simple: true }) as number;
    served.sqlite.pragma(`max_page_count = ${pages + 10}`);
    const appendMuch = () => append(1000, 'x'.repeat(500), 'lobby', 'id');
    expect(appendMuch).to.throw().with.property('code', 'SQLITE_FULL');
    expect(() => append(1000, 'x'.repeat(500), 'another room'))
      .to.throw()
      .with.property('code', 'SQLITE_FULL');
    expect(reader.state('lobby')).to.include({ headSeq: 100, tailSeq: 1 });
    expect(reader.state('another room')).to.include({ headSeq: 0, tailSeq: 1 });
    expect(unpackSlice(reader.read('lobby', all)).entries).to.have.length(100);
    expect(append(1, 'small')).to.equal(101);

    served.sqlite.pragma('max_page_count = 1000000');
    expect(appendMuch()).to.equal(102);
    expect(append(1, 'x', 'another room')).to.equal(1);
    expect(rows('PRAGMA integrity_check')).to.deep.equal([{ integrity_check: 'ok' }]);
  });

  it('waits for others who write, but not for ever', () => {
    append(1);
    served.sqlite.pragma('busy_timeout = 50');
    const person = new Database(join(folder, databaseName));
    person.exec('BEGIN IMMEDIATE');
    expect(() => append(1))
      .to.throw()
      .with.property('code', 'SQLITE_BUSY');
    person.exec('COMMIT');
    person.close();
    expect(append(1)).to.equal(2);
  });
});
