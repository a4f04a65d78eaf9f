import Database from 'better-sqlite3';
import { expect } from 'chai';
import { join as joinPath } from 'node:path';
import { connect, type RoomGap, type ServerOptions } from '../../src/index.js';
import { ErrorCode, GapReason } from '../../src/protocol/messages.js';
import { databaseName } from '../../src/store/sqlite/storage.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { ask } from '../support/http.js';
import { Measured } from '../support/metrics.js';
import type { RawClient } from '../support/raw-client.js';
import {
  after,
  expectSeqs,
  fetchOf,
  fetchPage,
  filled,
  join,
  publish,
  range,
  seqsOf,
  type Edge,
} from '../support/rooms.js';
import { TestServer } from '../support/server.js';

const room = 'dev';
const reason = GapReason.GAP_REASON_DAMAGED;

// chat.proto, 7.8: "Messages that were stored, and that the server's disk has damaged, are
// replaced by a `gap` with the reason DAMAGED."
describe('a server whose disk has damaged messages', () => {
  let data: string;
  let logged: Array<readonly [text: string, fields: object]>;

  beforeEach(async () => {
    data = await makeFolder();
    logged = [];
  });

  afterEach(async () => {
    await removeFolder(data);
  });

  async function start(): Promise<TestServer> {
    const log = (fields: object, text: string): void => void logged.push([text, fields]);
    const logger: ServerOptions['logger'] = { info: () => {}, warn: log, error: log };
    return await TestServer.start({ store: 'sqlite', data, logger });
  }

  /** What happens to the file, as SQL. */
  function harm(sql: string): void {
    const sqlite = new Database(joinPath(data, databaseName));
    sqlite.exec(sql);
    sqlite.close();
  }

  async function damagedServer(count: number, sql: string): Promise<TestServer> {
    {
      await using server = await start();
      await filled(await server.full('author'), room, count);
    }
    harm(sql);
    return await start();
  }

  async function expectGap(client: RawClient, fromSeq: number, toSeq: number): Promise<void> {
    const { gap } = await client.nextControl('gap');
    expect(gap).to.deep.equal({ room, fromSeq, toSeq, reason });
  }

  const threeOfThem = `UPDATE messages SET content = '?' WHERE seq IN (3, 4, 9)`;

  it('tells each reader which they are, and gives it all others in order', async () => {
    await using server = await damagedServer(10, threeOfThem);
    const readers = [await server.full('alice'), await server.full('bob')];
    for (const reader of readers) {
      expect(await join(reader, room, after(0))).to.include({ firstSeq: 1, headSeq: 10 });
      await expectSeqs(reader, room, 1, 2);
      await expectGap(reader, 3, 4);
      await expectSeqs(reader, room, 5, 8);
      await expectGap(reader, 9, 9);
      await expectSeqs(reader, room, 10, 10);
    }
    await publish(readers[0]!, room, ['11']);
    await expectSeqs(readers[1]!, room, 11, 11);
  });

  it('goes on when everything is gone but the number', async () => {
    await using server = await damagedServer(300, 'DELETE FROM messages');
    const reader = await server.full();
    await join(reader, room, after(100));
    await expectGap(reader, 101, 300);
    await publish(await filled(await server.full(), room, 0), room, ['301']);
    await expectSeqs(reader, room, 301, 301);
  });

  it('says before a page what is missing there, and moves no place', async () => {
    await using server = await damagedServer(10, threeOfThem);
    const reader = await server.full();
    await join(reader, room);
    const pages: Array<
      readonly [Edge, gap: readonly number[] | undefined, seqs: number[], boolean]
    > = [
      [undefined, undefined, [10], false],
      [{ $case: 'before', before: 10 }, [9, 9], [5, 6, 7, 8], false],
      [{ $case: 'before', before: 5 }, [3, 4], [1, 2], true],
      [{ $case: 'after', after: 0 }, undefined, [1, 2], false],
      [{ $case: 'after', after: 2 }, [3, 4], [5, 6, 7, 8], false],
      [{ $case: 'after', after: 8 }, [9, 9], [10], true],
    ];
    for (const [edge, missing, seqs, end] of pages) {
      reader.control(fetchOf(room, 5, edge), { id: 'page' });
      if (missing !== undefined) {
        const { id, control } = await reader.next();
        const [fromSeq, toSeq] = missing;
        const gap = { room, fromSeq, toSeq, reason };
        expect({ id, control }).to.deep.equal({ id: 'page', control: { $case: 'gap', gap } });
      }
      const { page } = await reader.nextControl('page');
      expect([seqsOf(page), page.end]).to.deep.equal([seqs, end]);
    }
    await publish(await filled(await server.full(), room, 0), room, ['11']);
    await expectSeqs(reader, room, 11, 11);
  });

  it('has pages that end where nothing more can be read', async () => {
    const ends = 'UPDATE messages SET sender = id WHERE seq < 3 OR seq > 8';
    await using server = await damagedServer(10, ends);
    const reader = await server.full();
    await join(reader, room);
    for (const [edge, fromSeq, toSeq] of [
      [{ $case: 'after', after: 8 }, 9, 10],
      [{ $case: 'before', before: 3 }, 1, 2],
    ] as const) {
      reader.control(fetchOf(room, 5, edge));
      await expectGap(reader, fromSeq, toSeq);
      const { page } = await reader.nextControl('page');
      expect([page.messages, page.end]).to.deep.equal([[], true]);
    }
  });

  it('is understood by the client library', async () => {
    await using server = await damagedServer(10, threeOfThem);
    await using client = await connect(server.chat.urls[0]!, { name: 'alice' });
    const seqs: number[] = [];
    const gaps: RoomGap[] = [];
    client.on('message', ({ seq }) => seqs.push(seq));
    client.on('gap', (gap) => gaps.push(gap));
    const caughtUp = new Promise((resolve) => client.on('caughtUp', resolve));
    await client.join(room, { last: 10 });
    await caughtUp;
    expect(seqs).to.deep.equal([1, 2, 5, 6, 7, 8, 10]);
    expect(gaps.map(({ fromSeq, toSeq }) => [fromSeq, toSeq])).to.deep.equal([
      [3, 4],
      [9, 9],
    ]);
    const page = await client.history(room, { before: 10 });
    expect(page.messages.map(({ seq }) => seq)).to.deep.equal([5, 6, 7, 8]);
    expect(page.damaged).to.deep.equal({ room, fromSeq: 9, toSeq: 9, reason });
    expect((await client.history(room, { before: 9 })).damaged).to.equal(undefined);
    expect(gaps).to.have.length(2);
    expect((await client.send('11', { room })).seq).to.equal(11);
  });

  it('lets the operator know, once', async () => {
    await using server = await damagedServer(10, threeOfThem);
    const { httpPort } = server.chat;
    expect((await ask(httpPort!, '/readyz')).status).to.equal(200);
    for (const name of ['alice', 'bob']) {
      const reader = await server.full(name);
      await join(reader, room, after(0));
      await reader.nextMany(9);
    }
    const ready = await ask(httpPort!, '/readyz');
    expect(ready.status).to.equal(503);
    expect(ready.body).to.include('some messages cannot be read: run tcp-chat-server check');
    const lines = logged.filter(([text]) => text.includes('damaged'));
    expect(lines.map(([, fields]) => fields)).to.deep.equal([
      { room, fromSeq: 3, toSeq: 4 },
      { room, fromSeq: 9, toSeq: 9 },
    ]);
    const measured = await Measured.of(httpPort!);
    expect(measured.get('tcp_chat_damage_found_total', 'counter')).to.equal(2);
  });

  it('tells a reader that it has to wait while the room cannot be read at all', async () => {
    await using server = await damagedServer(10, '');
    const reader = await server.full();
    await join(reader, room);
    harm(`UPDATE rooms SET head_seq = head_seq + 1000 WHERE name = '${room}'`);
    reader.control({ $case: 'fetch', fetch: { room, edge: undefined, limit: 0 } });
    const { error: refusal } = await reader.nextControl('error');
    expect(refusal.code).to.equal(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE);
    expect((await ask(server.chat.httpPort!, '/readyz')).body).to.include('cannot be read');
    // It joins after a position without asking the store, which does not know the room any more.
    const late = await server.full();
    late.control({ $case: 'join', join: { room, start: after(0)!, presence: false } });
    expect((await late.nextControl('error')).error.code).to.equal(
      ErrorCode.ERROR_CODE_STORE_UNAVAILABLE,
    );
    harm(`UPDATE rooms SET head_seq = head_seq - 1000 WHERE name = '${room}'`);
    expect(seqsOf(await fetchPage(reader, room))).to.deep.equal(range(1, 10));
    const texts = logged.map(([text]) => text);
    expect(texts).to.deep.equal(['stored messages cannot be read']);
  });
});
