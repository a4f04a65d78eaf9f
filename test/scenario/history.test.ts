import { expect } from 'chai';
import { decodeMessage } from '../../src/protocol/codec.js';
import {
  expectSeqs,
  fetchOf,
  fetchPage,
  filled,
  join,
  last,
  longestMessages,
  publish,
  range,
  seqsOf,
  toRoom,
  type Edge,
  type Page,
} from '../support/rooms.js';
import type { RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';

const room = 'dev';
const pageMessagesMax = 500;

// chat.proto, Fetch and Page, "Rooms".
describe('a page of history', () => {
  // In a room with ten messages.
  const pages: readonly (readonly [
    what: string,
    limit: number,
    edge: Edge,
    seqs: readonly [first: number, last: number] | undefined,
    end: boolean,
  ])[] = [
    ['the newest, all of them', 0, undefined, [1, 10], true],
    ['the newest, some', 4, undefined, [7, 10], false],
    ['the newest, exactly all', 10, undefined, [1, 10], true],
    ['the newest, all but one', 9, undefined, [2, 10], false],
    ['before the middle', 3, before(6), [3, 5], false],
    ['before the middle, to the first', 5, before(6), [1, 5], true],
    ['before the middle, beyond the first', 6, before(6), [1, 5], true],
    ['before the middle, as many as possible', 0, before(6), [1, 5], true],
    ['before the first', 5, before(1), undefined, true],
    ['before nothing', 5, before(0), undefined, true],
    ['before what is not there yet', 2, before(11), [9, 10], false],
    ['before the largest seq', 2, before(2 ** 53 - 1), [9, 10], false],
    ['after nothing', 3, after(0), [1, 3], false],
    ['after the middle', 3, after(5), [6, 8], false],
    ['after the middle, to the last', 5, after(5), [6, 10], true],
    ['after the middle, beyond the last', 6, after(5), [6, 10], true],
    ['after the middle, as many as possible', 0, after(5), [6, 10], true],
    ['after the last', 5, after(10), undefined, true],
    ['after what is not there yet', 5, after(2 ** 53 - 1), undefined, true],
    ['with the largest limit', 2 ** 32 - 1, undefined, [1, 10], true],
  ];
  for (const [what, limit, edge, seqs, end] of pages) {
    it(`holds what was asked for: ${what}`, async () => {
      await using server = await TestServer.start();
      const reader = await server.full();
      await filled(reader, room, 10);
      await reader.roundTrip();
      const page = await fetchPage(reader, room, limit, edge);
      const expected = seqs === undefined ? [] : range(...seqs);
      expect(seqsOf(page)).to.deep.equal(expected);
      expect(page).to.include({ room, end, tailSeq: 1 });
      await reader.roundTrip();
    });
  }

  it('holds the messages as they were delivered, and the epoch of the room', async () => {
    await using server = await TestServer.start();
    const [reader, author] = [await server.full(), await server.full('author')];
    for (const client of [reader, author]) await join(client, room);
    author.send(toRoom(room, 'hi', 'm1'), toRoom(room, '\ufeffGrüße 👋\0'), toRoom(room, '3'));
    const delivered = await reader.nextMany(3);
    const page = await fetchPage(reader, room);
    expect(page.messages).to.deep.equal(delivered);
    const { epoch } = await join(reader, room, last(3));
    expect(page.epoch).to.equal(epoch);
    expect(await reader.nextMany(3)).to.deep.equal(delivered);
  });

  it('of a room without messages is empty, with the end on both sides', async () => {
    await using server = await TestServer.start();
    const reader = await server.full();
    const { epoch } = await join(reader, room);
    for (const edge of [undefined, before(5), before(0), after(0), after(5)]) {
      expect(await fetchPage(reader, room, 10, edge)).to.deep.equal({
        room,
        messages: [],
        end: true,
        epoch,
        tailSeq: 1,
      });
    }
  });

  it('of the lobby has what bare sessions said, unmarked and with their names', async () => {
    await using server = await TestServer.start();
    const reader = await server.full();
    const bare = await server.bare();
    bare.broadcast('hi');
    await bare.next();
    const message = await reader.next();
    const page = await fetchPage(reader, 'lobby');
    expect(page.messages).to.deep.equal([message]);
    expect(message).to.include({ content: 'hi', room: 'lobby', seq: 1, id: '' });
    expect(message.sender).to.match(/^guest-/);
  });

  for (const limit of [0, 1000, 500, 77]) {
    it(`after page, from both ends, holds a whole room once, with limit ${limit}`, async () => {
      await using server = await TestServer.start({ rateLimit: 0 });
      const reader = await server.full();
      await filled(await server.full(), room, 1200);
      await join(reader, room);
      const atMost = limit === 0 ? pageMessagesMax : Math.min(limit, pageMessagesMax);

      const forward = await walk(reader, limit, 'after');
      expect(forward.flatMap(seqsOf)).to.deep.equal(range(1, 1200));
      const backward = await walk(reader, limit, 'before');
      expect(backward.toReversed().flatMap(seqsOf)).to.deep.equal(range(1, 1200));
      for (const { messages } of [...forward, ...backward]) {
        expect(messages.length).to.be.at.most(atMost);
        for (const { content, seq } of messages) expect(content).to.equal(String(seq));
      }
      await reader.roundTrip();
    });
  }

  for (const [what, character] of [
    ['1 byte', 'x'],
    ['2 bytes', 'é'],
    ['3 bytes', '世'],
    ['4 bytes', '👋'],
  ] as const) {
    it(`of the largest messages fits in a frame, with characters of ${what}`, async () => {
      await using server = await TestServer.start({ rateLimit: 0 });
      const reader = await server.full();
      await longestMessages(reader, room, character, 50);
      for (const direction of ['after', 'before'] as const) {
        const walked = await walk(reader, 0, direction);
        const inOrder = direction === 'after' ? walked : walked.toReversed();
        expect(inOrder.flatMap(seqsOf)).to.deep.equal(range(1, 50));
        // Four of them fill a quarter of the frame.
        for (const { messages, end } of walked) if (!end) expect(messages.length).to.be.above(3);
      }
    });
  }

  it('has room for one largest message where frames are as small as they can be', async () => {
    await using server = await TestServer.start({ rateLimit: 0, frameBytesMax: 4096 + 1024 });
    const reader = await server.full('\u{10428}'.repeat(32));
    await longestMessages(reader, room, 'x', 3);
    expect((await walk(reader, 0, 'after')).flatMap(seqsOf)).to.deep.equal([1, 2, 3]);
    expect((await walk(reader, 0, 'before')).flatMap(seqsOf)).to.deep.equal([3, 2, 1]);
  });

  it('leaves the place of the session where it is', async () => {
    await using server = await TestServer.start();
    const author = await filled(await server.full(), room, 5);
    const reader = await server.full();
    await join(reader, room, last(1));
    await expectSeqs(reader, room, 5, 5);
    for (const edge of [undefined, after(0), before(3)]) await fetchPage(reader, room, 2, edge);
    await publish(author, room, ['6']);
    await expectSeqs(reader, room, 6, 6);
    expect(seqsOf(await fetchPage(reader, room, 1))).to.deep.equal([6]);
    await publish(author, room, ['7']);
    await expectSeqs(reader, room, 7, 7);
    await reader.roundTrip();
  });

  it('begins with what the server still has, when the older messages have expired', async () => {
    await using server = await TestServer.start({
      rateLimit: 0,
      logBytesMax: 100_000,
      storeBytesMax: 100_000,
    });
    const reader = await server.full();
    await filled(await server.full(), room, 2000);
    await join(reader, room);
    const { tailSeq } = await fetchPage(reader, room, 1);
    expect(tailSeq).to.be.within(2, 2000);
    for (const edge of [after(0), after(tailSeq - 1)]) {
      const page = await fetchPage(reader, room, 3, edge);
      expect(page).to.include({ tailSeq, end: false });
      expect(seqsOf(page)).to.deep.equal(range(tailSeq, tailSeq + 2));
    }
    expect(await fetchPage(reader, room, 3, before(tailSeq))).to.deep.include({
      messages: [],
      end: true,
      tailSeq,
    });
    const oldest = await fetchPage(reader, room, 5, before(tailSeq + 2));
    expect(seqsOf(oldest)).to.deep.equal([tailSeq, tailSeq + 1]);
    expect(oldest.end).to.equal(true);
  });
});

function before(seq: number): Edge {
  return { $case: 'before', before: seq };
}

function after(seq: number): Edge {
  return { $case: 'after', after: seq };
}

/** All pages from one end of the room to the other; each fits in a frame. */
async function walk(
  client: RawClient,
  limit: number,
  direction: 'before' | 'after',
): Promise<Page[]> {
  const pages: Page[] = [];
  let edge = direction === 'after' ? after(0) : undefined;
  for (;;) {
    client.control(fetchOf(room, limit, edge));
    const bytes = await client.nextBytes();
    expect(bytes.length).to.be.at.most(client.welcome!.limits!.frameBytesMax);
    const { control } = decodeMessage(bytes, 0, bytes.length);
    if (control?.$case !== 'page') throw new Error(`a page, not ${control?.$case}`);
    const { page } = control;
    pages.push(page);
    if (page.end) return pages;
    const seqs = seqsOf(page);
    edge = direction === 'after' ? after(seqs.at(-1)!) : before(seqs[0]!);
  }
}
