import { expect } from 'chai';
import { GapReason } from '../../src/protocol/messages.js';
import { Coverage, covered } from '../support/coverage.js';
import { mebibyte } from '../support/memory.js';
import { after, expectSeqs, join, last, leaveOf, publish } from '../support/rooms.js';
import type { RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';

const rooms = ['a', 'b', 'c'];
const little = { rateLimit: 0, outboxBytesMax: 65_536 };

// chat.proto, 7.2: every message after its position once, in order, as fast as it reads.
describe('a session in several rooms that stops reading', () => {
  it('gets everything of each of them in order when it reads again', async () => {
    await using server = await TestServer.start({ ...little, storeBytesMax: 64 * mebibyte });
    const { author, reader, coverage } = await inRooms(server);
    reader.pause();
    // 12 MB, more than the system's buffers hold, now here and now there.
    const lasts = new Map(rooms.map((room) => [room, 0]));
    for (let round = 0; round < 20; round += 1) {
      for (const [index, room] of rooms.entries()) {
        const count = 20 + 30 * index;
        await publish(author, room, covered(room, lasts.get(room)! + 1, count));
        lasts.set(room, lasts.get(room)! + count);
      }
    }
    reader.resume();
    await readTo(reader, coverage, lasts);
    expect(coverage.gaps).to.equal(0);
    await expectLive(author, reader, coverage);
  });

  it('again and again gets everything', async () => {
    await using server = await TestServer.start({ ...little, storeBytesMax: 64 * mebibyte });
    const { author, reader, coverage } = await inRooms(server);
    for (let round = 0; round < 3; round += 1) {
      reader.pause();
      const lasts = await publishToAll(author, coverage, 400);
      reader.resume();
      await readTo(reader, coverage, lasts);
      await expectLive(author, reader, coverage);
    }
    expect(coverage.gaps).to.equal(0);
  });

  it('gets acks and answers in between, and is not kept from speaking', async () => {
    await using server = await TestServer.start({ ...little, storeBytesMax: 64 * mebibyte });
    const { author, reader } = await inRooms(server);
    reader.pause();
    await publish(author, 'a', covered('a', 1, 3000));
    reader.broadcast('from the slow one', { room: 'b', id: 'm1' });
    reader.echo('there');
    const heard = await author.until(({ room }) => room === 'b', 'the message of the slow one');
    expect(heard.at(-1)).to.include({ content: 'from the slow one', seq: 1 });
    reader.resume();
    const seen = { ack: 0, echo: 0, own: 0, a: 0 };
    while (seen.a < 3000 || seen.ack + seen.echo + seen.own < 3) {
      const { control, room, seq, content } = await reader.next();
      if (control?.$case === 'ack') seen.ack += 1;
      else if (content === 'there') seen.echo += 1;
      else if (room === 'b') seen.own += 1;
      else expect(seq).to.equal((seen.a += 1));
    }
    expect(seen).to.deep.equal({ ack: 1, echo: 1, own: 1, a: 3000 });
    await reader.roundTrip();
  });

  it('and leaves one of the rooms gets nothing of it after the answer, and the others whole', async () => {
    await using server = await TestServer.start({ ...little, storeBytesMax: 64 * mebibyte });
    const { author, reader, coverage } = await inRooms(server);
    reader.pause();
    const lasts = await publishToAll(author, coverage, 1000);
    reader.control(leaveOf('b'));
    reader.resume();
    for (let hasLeft = false; !hasLeft || coverage.last('a') + coverage.last('c') < 2000;) {
      const message = await reader.next();
      if (message.control?.$case === 'left') hasLeft = true;
      else {
        if (hasLeft) expect(message.room).not.to.equal('b');
        coverage.take(message);
      }
    }
    expect(lasts.get('b')).to.equal(1000);
    await publish(author, 'b', ['unheard']);
    await reader.roundTrip();
  });
});

describe('history that is larger than the outbox', () => {
  it('is delivered as the reader reads, and then what was said meanwhile', async () => {
    await using server = await TestServer.start({ ...little, storeBytesMax: 64 * mebibyte });
    const author = await server.full();
    const coverage = new Coverage();
    await join(author, 'a');
    await publish(author, 'a', covered('a', 1, 2000));
    const reader = await server.full();
    const joined = await join(reader, 'a', after(0));
    expect(joined).to.include({ firstSeq: 1, headSeq: 2000 });
    coverage.begin('a', 0);
    for (let part = 0; part < 4; part += 1) {
      for (let count = 0; count < 200; count += 1) coverage.take(await reader.next());
      reader.pause();
      await publish(author, 'a', covered('a', 2001 + 300 * part, 300));
      reader.resume();
    }
    await readTo(reader, coverage, new Map([['a', 3200]]));
    expect(coverage.gaps).to.equal(0);
    await reader.roundTrip();
  });

  it('comes from several rooms at once, and does not hold up what is live in another', async () => {
    await using server = await TestServer.start({ ...little, storeBytesMax: 64 * mebibyte });
    const { author, reader, coverage } = await inRooms(server);
    reader.pause();
    const lasts = await publishToAll(author, coverage, 500);
    reader.resume();
    await readTo(reader, coverage, lasts);
    for (const room of ['a', 'b']) {
      reader.control({ $case: 'join', join: { room, start: after(0), presence: false } });
    }
    for (const room of ['a', 'b']) {
      while (coverage.last(room) !== 0) {
        const message = await reader.next();
        if (message.control?.$case === 'joined') coverage.begin(message.control.joined.room, 0);
        else coverage.take(message);
      }
    }
    await publish(author, 'c', covered('c', 501, 5));
    lasts.set('c', 505);
    await readTo(reader, coverage, lasts);
    expect(coverage.gaps).to.equal(0);
    await expectLive(author, reader, coverage);
  });
});

// chat.proto, Gap: "No message is ever left out without a `gap`."
describe('messages that expire before a reader gets to them', () => {
  it('are told in gaps: these and what is delivered are all there is, once', async () => {
    await using server = await TestServer.start({
      ...little,
      logBytesMax: mebibyte,
      storeBytesMax: mebibyte,
    });
    const { author, reader, coverage } = await inRooms(server);
    reader.pause();
    const lasts = await publishToAll(author, coverage, 1500);
    reader.resume();
    await readTo(reader, coverage, lasts);
    expect(coverage.skipped).to.be.greaterThan(0);
    expect(coverage.delivered + coverage.skipped).to.equal(4500);
    await expectLive(author, reader, coverage);
    await expectLive(author, reader, coverage);
  });

  it('are told after `joined` to one that comes back too late', async () => {
    await using server = await TestServer.start({
      ...little,
      logBytesMax: mebibyte,
      storeBytesMax: mebibyte,
    });
    const author = await server.full();
    const { epoch } = await join(author, 'a');
    await publish(author, 'a', covered('a', 1, 1000));
    for (const seq of [0, 1, 500]) {
      const reader = await server.full();
      const joined = await join(reader, 'a', after(seq, epoch));
      expect(joined).to.include({ epoch, headSeq: 1000 });
      expect(joined.firstSeq).to.be.within(seq + 2, 1000);
      const { gap } = await reader.nextControl('gap');
      expect(gap).to.deep.equal({
        room: 'a',
        fromSeq: seq + 1,
        toSeq: joined.firstSeq - 1,
        reason: GapReason.GAP_REASON_EXPIRED,
      });
      const coverage = new Coverage();
      coverage.begin('a', gap.toSeq);
      await readTo(reader, coverage, new Map([['a', 1000]]));
      await reader.roundTrip();
    }
  });

  it('are not missed by one that asks for the last messages, as many as there are', async () => {
    await using server = await TestServer.start({
      ...little,
      logBytesMax: mebibyte,
      storeBytesMax: mebibyte,
    });
    const author = await server.full();
    await join(author, 'a');
    await publish(author, 'a', covered('a', 1, 1000));
    const reader = await server.full();
    const { firstSeq } = await join(reader, 'a', last(1000));
    expect(firstSeq).to.be.within(2, 1000);
    const coverage = new Coverage();
    coverage.begin('a', firstSeq - 1);
    await readTo(reader, coverage, new Map([['a', 1000]]));
    expect(coverage.gaps).to.equal(0);
    await reader.roundTrip();
  });

  it('by another epoch are told together with those of the new one that are gone', async () => {
    await using server = await TestServer.start({
      ...little,
      logBytesMax: mebibyte,
      storeBytesMax: mebibyte,
    });
    const author = await server.full();
    await join(author, 'a');
    await publish(author, 'a', covered('a', 1, 1000));
    const reader = await server.full();
    const { firstSeq } = await join(reader, 'a', after(700, 'another'));
    expect(firstSeq).to.be.within(2, 1000);
    const { gap } = await reader.nextControl('gap');
    expect(gap).to.deep.equal({
      room: 'a',
      fromSeq: 1,
      toSeq: firstSeq - 1,
      reason: GapReason.GAP_REASON_EPOCH,
    });
    const coverage = new Coverage();
    coverage.begin('a', gap.toSeq);
    await readTo(reader, coverage, new Map([['a', 1000]]));
  });

  it('all of them, leave the room its numbers', async () => {
    await using server = await TestServer.start({
      ...little,
      logBytesMax: 100_000,
      storeBytesMax: 100_000,
    });
    const author = await server.full();
    for (const room of ['a', 'b']) await join(author, room);
    await publish(author, 'a', ['1', '2', '3']);
    await publish(author, 'b', covered('b', 1, 200));
    const reader = await server.full();
    expect(await join(reader, 'a', after(1))).to.include({ firstSeq: 4, headSeq: 3 });
    expect((await reader.nextControl('gap')).gap).to.include({ fromSeq: 2, toSeq: 3 });
    await publish(author, 'a', ['4']);
    await expectSeqs(reader, 'a', 4, 4);
  });
});

/** An author and a reader in all rooms, who left the lobby, and what the reader must get. */
async function inRooms(
  server: TestServer,
): Promise<{ author: RawClient; reader: RawClient; coverage: Coverage }> {
  const [author, reader] = [await server.full('author'), await server.full('reader')];
  const coverage = new Coverage();
  for (const room of rooms) {
    await join(author, room);
    await join(reader, room);
    coverage.begin(room, 0);
  }
  return { author, reader, coverage };
}

/** So many new messages in each room, a few at a time; returns the newest seqs. */
async function publishToAll(
  author: RawClient,
  coverage: Coverage,
  count: number,
): Promise<Map<string, number>> {
  const lasts = new Map(rooms.map((room) => [room, coverage.last(room)]));
  for (let rest = count; rest > 0; rest -= 50) {
    for (const room of rooms) {
      const few = Math.min(50, rest);
      await publish(author, room, covered(room, lasts.get(room)! + 1, few));
      lasts.set(room, lasts.get(room)! + few);
    }
  }
  return lasts;
}

/** Everything up to these seqs, and nothing else, is what comes next. */
async function readTo(
  reader: RawClient,
  coverage: Coverage,
  lasts: ReadonlyMap<string, number>,
): Promise<void> {
  const isDone = (): boolean => [...lasts].every(([room, seq]) => coverage.last(room) >= seq);
  while (!isDone()) coverage.take(await reader.next());
  for (const [room, seq] of lasts) expect(coverage.last(room)).to.equal(seq);
}

/** The reader has caught up: it gets one more message of each room, and nothing else. */
async function expectLive(author: RawClient, reader: RawClient, coverage: Coverage): Promise<void> {
  const lasts = await publishToAll(author, coverage, 1);
  await readTo(reader, coverage, lasts);
  await reader.roundTrip();
}
