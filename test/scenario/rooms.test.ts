import { expect } from 'chai';
import { chatMessage } from '../../src/protocol/codec.js';
import { ErrorCode, GapReason, MessageType } from '../../src/protocol/messages.js';
import { expectRefusal } from '../support/refusals.js';
import {
  after,
  expectSeqs,
  fetchOf,
  fetchPage,
  filled,
  join,
  joinOf,
  last,
  leave,
  leaveOf,
  membersOf,
  numbers,
  publish,
  toRoom,
  type Start,
} from '../support/rooms.js';
import { TestServer } from '../support/server.js';

const room = 'dev';

// chat.proto, "Rooms", Join, Joined.
describe('a join', () => {
  // In a room with ten messages.
  const starts: readonly (readonly [how: string, start: Start, firstSeq: number])[] = [
    ['without a start begins with the next message', undefined, 11],
    ['with no history begins with the next message', last(0), 11],
    ['with one message of history', last(1), 10],
    ['with some history', last(3), 8],
    ['with exactly all history', last(10), 1],
    ['with more history than there is begins with the first', last(11), 1],
    ['with the largest number of history begins with the first', last(2 ** 32 - 1), 1],
    ['after nothing begins with the first', after(0), 1],
    ['after a message in the middle', after(4), 5],
    ['after the last but one', after(9), 10],
    ['after the newest begins with the next message', after(10), 11],
  ];
  for (const [how, start, firstSeq] of starts) {
    it(`${how}: first_seq ${firstSeq}, then that and all that follows`, async () => {
      await using server = await TestServer.start();
      const author = await filled(await server.full('author'), room, 10);
      const reader = await server.full('reader');
      const joined = await join(reader, room, start);
      expect(joined).to.include({ room, firstSeq, headSeq: 10 });
      expect(joined.epoch).not.to.equal('');
      await expectSeqs(reader, room, firstSeq, 10);
      await reader.roundTrip();
      await publish(author, room, ['11', '12']);
      await expectSeqs(reader, room, 11, 12);
      await reader.roundTrip();
    });
  }

  it('into a room that nobody has used is answered with first_seq 1 and head_seq 0', async () => {
    await using server = await TestServer.start();
    for (const start of [undefined, last(0), last(5), after(0)]) {
      const client = await server.full();
      expect(await join(client, room, start)).to.include({ room, firstSeq: 1, headSeq: 0 });
      await client.roundTrip();
    }
  });

  it('after a position of this epoch is the same as after its seq', async () => {
    await using server = await TestServer.start();
    await filled(await server.full(), room, 10);
    const reader = await server.full();
    const { epoch } = await join(reader, room);
    expect(await join(reader, room, after(7, epoch))).to.include({ epoch, firstSeq: 8 });
    await expectSeqs(reader, room, 8, 10);
    await reader.roundTrip();
  });

  it('after a seq that is not there yet begins with the next message, so none is left out', async () => {
    await using server = await TestServer.start();
    const author = await filled(await server.full(), room, 10);
    const reader = await server.full();
    for (const position of [after(11), after(2 ** 53 - 1)]) {
      expect(await join(reader, room, position)).to.include({ firstSeq: 11, headSeq: 10 });
    }
    await publish(author, room, ['11']);
    await expectSeqs(reader, room, 11, 11);
  });

  for (const seq of [0, 3, 10, 2000]) {
    it(`after seq ${seq} of another epoch is told so, and gets all that there is`, async () => {
      await using server = await TestServer.start();
      const author = await filled(await server.full(), room, 10);
      const reader = await server.full();
      expect(await join(reader, room, after(seq, 'another'))).to.include({
        firstSeq: 1,
        headSeq: 10,
      });
      const { gap } = await reader.nextControl('gap');
      expect(gap).to.include({ room, reason: GapReason.GAP_REASON_EPOCH });
      expect(gap.toSeq).to.be.lessThan(gap.fromSeq);
      await expectSeqs(reader, room, 1, 10);
      await publish(author, room, ['11']);
      await expectSeqs(reader, room, 11, 11);
    });
  }

  it('after a position of the server before it, which kept rooms in memory, is of another epoch', async () => {
    const before = await TestServer.start();
    const { epoch } = await join(await before.full(), room);
    await before[Symbol.asyncDispose]();

    await using server = await TestServer.start();
    const reader = await filled(await server.full(), room, 2);
    await reader.roundTrip();
    const joined = await join(reader, room, after(1, epoch));
    expect(joined).to.include({ firstSeq: 1, headSeq: 2 });
    expect(joined.epoch).not.to.equal(epoch);
    expect((await reader.nextControl('gap')).gap.reason).to.equal(GapReason.GAP_REASON_EPOCH);
    await expectSeqs(reader, room, 1, 2);
  });

  it('again moves within the history, back and forward', async () => {
    await using server = await TestServer.start();
    const author = await filled(await server.full(), room, 10);
    const reader = await server.full();
    await join(reader, room, after(8));
    await expectSeqs(reader, room, 9, 10);
    expect(await join(reader, room, after(2))).to.include({ firstSeq: 3, headSeq: 10 });
    await expectSeqs(reader, room, 3, 10);
    expect(await join(reader, room, last(1))).to.include({ firstSeq: 10, headSeq: 10 });
    await expectSeqs(reader, room, 10, 10);
    expect(await join(reader, room)).to.include({ firstSeq: 11, headSeq: 10 });
    await publish(author, room, ['11']);
    await expectSeqs(reader, room, 11, 11);
    await reader.roundTrip();
  });

  it('again and again in one chunk is answered each time, and the last one counts', async () => {
    await using server = await TestServer.start();
    await filled(await server.full(), room, 10);
    const reader = await server.full();
    const places = [after(0), last(2), after(5)];
    reader.send(...places.map((start) => ({ control: joinOf(room, start) })), { content: 'end' });
    const answered: number[] = [];
    let seqs: number[] = [];
    let isEchoed = false;
    while (!isEchoed || seqs.length < 5) {
      const { control, content, seq } = await reader.next();
      if (control?.$case === 'joined') {
        answered.push(control.joined.firstSeq);
        seqs = []; // what came before belongs to the place before
      } else if (content === 'end') isEchoed = true;
      else seqs.push(seq);
    }
    expect(answered).to.deep.equal([1, 9, 6]);
    expect(seqs).to.deep.equal([6, 7, 8, 9, 10]);
    await reader.roundTrip();
  });

  it('while others talk: from first_seq on everything comes once and in order', async () => {
    await using server = await TestServer.start({ rateLimit: 0 });
    const author = await filled(await server.full(), room, 20);
    const reader = await server.full();
    await join(reader, room);
    for (let round = 0; round < 5; round += 1) {
      const publishing = publish(author, room, numbers(20, 21 + 20 * round));
      reader.control(joinOf(room, after(10)));
      await publishing;
      const { joined } = await reader.untilControl('joined');
      expect(joined.firstSeq).to.equal(11);
      await expectSeqs(reader, room, 11, 40 + 20 * round);
    }
    await reader.roundTrip();
  });

  it('of the lobby moves the place that every session has there', async () => {
    await using server = await TestServer.start();
    const author = await server.full();
    await publish(author, 'lobby', numbers(5));
    const reader = await server.full();
    expect(await join(reader, 'lobby', last(2))).to.include({ firstSeq: 4, headSeq: 5 });
    await expectSeqs(reader, 'lobby', 4, 5);
    await publish(author, '', ['6']);
    await expectSeqs(reader, 'lobby', 6, 6);
    await reader.roundTrip();
  });
});

// chat.proto, "Rooms", ChatMessage.room, Position.epoch.
describe('a room', () => {
  it('has its own numbers, and its messages reach those who are in it and nobody else', async () => {
    await using server = await TestServer.start();
    const [alice, bob, carol] = [await server.full(), await server.full(), await server.full()];
    const bare = await server.bare();
    for (const client of [alice, bob]) await join(client, 'a');
    for (const client of [alice, carol]) await join(client, 'b');
    alice.send(toRoom('a', '1'), toRoom('b', '1'), toRoom('a', '2'), toRoom('b', '2'));
    await expectSeqs(bob, 'a', 1, 2);
    await expectSeqs(carol, 'b', 1, 2);
    const heard = await alice.nextMany(4);
    for (const name of ['a', 'b']) {
      const seqs = heard.filter((message) => message.room === name).map(({ seq }) => seq);
      expect(seqs, name).to.deep.equal([1, 2]);
    }
    alice.broadcast('for the lobby');
    for (const client of [alice, bob, carol]) {
      expect(await client.next()).to.include({ room: 'lobby', seq: 1, content: 'for the lobby' });
      await client.roundTrip();
    }
    expect(await bare.next()).to.deep.equal(
      chatMessage({ content: '(broadcast)for the lobby', type: MessageType.BROADCAST }),
    );
    await bare.roundTrip();
  });

  it('keeps its epoch and goes on with its numbers when everybody has left and one comes back', async () => {
    await using server = await TestServer.start();
    const author = await filled(await server.full(), room, 3);
    const { epoch } = await fetchPage(author, room);
    await leave(author, room);
    author.end();
    await server.sessions(0);
    const reader = await server.full();
    expect(await join(reader, room, last(2))).to.include({ epoch, firstSeq: 2, headSeq: 3 });
    await expectSeqs(reader, room, 2, 3);
    reader.send(toRoom(room, '4'));
    await expectSeqs(reader, room, 4, 4);
  });

  it('holds a bare session in the lobby and nowhere else', async () => {
    await using server = await TestServer.start();
    const member = await server.full();
    await join(member, room);
    const bare = await server.bare();
    bare.broadcast('psst', { room });
    expect((await bare.next()).content).to.match(/^\(error\)/);
    for (const control of [joinOf(room), leaveOf('lobby'), fetchOf('lobby'), membersOf('lobby')]) {
      bare.control(control);
      const { content, ...rest } = await bare.next();
      expect(content).to.match(/^\(error\)/);
      expect(chatMessage(rest)).to.deep.equal(chatMessage({}));
    }
    bare.broadcast('here', { room: 'lobby' });
    expect(await bare.next()).to.include({ content: '(broadcast)here' });
    expect(await member.next()).to.include({ content: 'here', room: 'lobby', seq: 1 });
  });

  it('is refused to a broadcast, not taken for another, when the session is not in it', async () => {
    await using server = await TestServer.start();
    const client = await server.full();
    client.send(toRoom(room, 'hi', 'm1'));
    const error = await expectRefusal(client, ErrorCode.ERROR_CODE_NOT_IN_ROOM);
    expect(error.id).to.equal('m1');
    await client.roundTrip();
  });
});
