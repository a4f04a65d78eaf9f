import { expect } from 'chai';
import { chatMessage } from '../../src/protocol/codec.js';
import { ErrorCode, MessageType } from '../../src/protocol/messages.js';
import { ackAndDelivery, nextAck, nextAcks } from '../support/acks.js';
import { expectRefusal } from '../support/refusals.js';
import { after, filled, join, joinOf, numbers, toRoom, type Ack } from '../support/rooms.js';
import { TestServer } from '../support/server.js';

const room = 'dev';

// chat.proto, "Sending", Ack.
describe('a broadcast with an id', () => {
  it('is acked once, with its id, its room, and the seq and time that everybody sees', async () => {
    await using server = await TestServer.start();
    const [alice, bob] = [await server.full('alice'), await server.full('bob')];
    await join(bob, room);
    await join(alice, room);
    for (const seq of [1, 2]) {
      const id = `m${seq}`;
      alice.send(toRoom(room, 'hi', id));
      const [ack, delivered] = await ackAndDelivery(alice);
      const heard = await bob.next();
      expect(heard).to.include({ content: 'hi', id, room, sender: 'alice', seq });
      expect(heard.sentAt).not.to.equal(undefined);
      expect(delivered).to.deep.equal(heard);
      expect(ack).to.deep.equal({ id, room, seq, sentAt: heard.sentAt, duplicate: false });
      await alice.roundTrip();
      await bob.roundTrip();
    }
  });

  it('of the lobby is acked with the name of the room, as empty as it may have been', async () => {
    await using server = await TestServer.start();
    const alice = await server.full();
    for (const name of ['', 'lobby']) {
      alice.send(toRoom(name, 'hi', `to ${name}`));
      expect((await ackAndDelivery(alice))[0]).to.include({ room: 'lobby', id: `to ${name}` });
    }
  });

  for (const id of ['i'.repeat(64), 'ü'.repeat(32), '\u0000', '|', 'constructor', '__proto__']) {
    it(`is known by it, whatever it is: ${JSON.stringify(id)}`, async () => {
      await using server = await TestServer.start();
      const alice = await server.full();
      alice.send(toRoom('', 'hi', id));
      expect((await ackAndDelivery(alice))[0]).to.include({ id, seq: 1, duplicate: false });
      alice.send(toRoom('', 'hi', id));
      expect(await nextAck(alice)).to.include({ id, seq: 1, duplicate: true });
    });
  }

  it('is acked in the order of sending, though the ids have another', async () => {
    await using server = await TestServer.start();
    const alice = await server.full();
    const ids = Array.from({ length: 100 }, (_, index) => `${(index * 37) % 100}`);
    alice.send(...ids.map((id) => toRoom('', 'hi', id)));
    const acks = await nextAcks(alice, 100);
    expect(acks.map(({ id }) => id)).to.deep.equal(ids);
    expect(acks.map(({ seq }) => seq)).to.deep.equal(numbers(100).map(Number));
  });

  it('is acked in the room that it was sent to, among those of other rooms', async () => {
    await using server = await TestServer.start();
    const alice = await server.full();
    for (const name of ['a', 'b']) await join(alice, name);
    alice.send(...['a', 'b', 'b', 'a', 'b'].map((name, index) => toRoom(name, 'hi', `m${index}`)));
    const acks = await nextAcks(alice, 5);
    const facts = acks.map(({ id, room: name, seq }) => `${id} ${name} ${seq}`);
    expect(facts.toSorted()).to.deep.equal(['m0 a 1', 'm1 b 1', 'm2 b 2', 'm3 a 2', 'm4 b 3']);
  });

  it('is not acked when it is refused', async () => {
    await using server = await TestServer.start();
    const alice = await server.full();
    alice.send(toRoom('', '', 'm1'), toRoom(room, 'hi', 'm2'));
    expect((await expectRefusal(alice, ErrorCode.ERROR_CODE_EMPTY_CONTENT)).id).to.equal('m1');
    expect((await expectRefusal(alice, ErrorCode.ERROR_CODE_NOT_IN_ROOM)).id).to.equal('m2');
    await alice.roundTrip();
    // Nor is its id used up.
    alice.send(toRoom('', 'hi', 'm1'));
    expect((await ackAndDelivery(alice))[0]).to.include({ id: 'm1', seq: 1, duplicate: false });
  });

  it('is acked to a session that still reads old history of the room', async () => {
    await using server = await TestServer.start({ rateLimit: 0, outboxBytesMax: 20_000 });
    await filled(await server.full(), room, 2000);
    const reader = await server.full();
    const mine = toRoom(room, '2001', 'mine');
    reader.send({ control: joinOf(room, after(0)) }, mine, mine);
    const acks: Ack[] = [];
    let next = 0;
    while (next <= 2001 || acks.length < 2) {
      const { control, seq, content } = await reader.next();
      if (control?.$case === 'ack') acks.push(control.ack);
      else if (control?.$case === 'joined') next = control.joined.firstSeq;
      else {
        expect([seq, content]).to.deep.equal([next, String(next)]);
        next += 1;
      }
    }
    expect(acks.map(({ seq, duplicate }) => [seq, duplicate])).to.deep.equal([
      [2001, false],
      [2001, true],
    ]);
    await reader.roundTrip();
  });
});

describe('nothing is acked', () => {
  it('of a broadcast without an id, nor of an echo', async () => {
    await using server = await TestServer.start();
    const alice = await server.full();
    alice.broadcast('hi');
    expect(await alice.next()).to.include({ content: 'hi', seq: 1, id: '' });
    alice.echo('hm', { id: 'e1' });
    expect(await alice.next()).to.deep.equal(chatMessage({ content: 'hm', id: 'e1' }));
    await alice.roundTrip();
  });

  it('to a bare session', async () => {
    await using server = await TestServer.start();
    const bare = await server.bare();
    bare.broadcast('hi', { id: 'm1' });
    expect(await bare.next()).to.deep.equal(
      chatMessage({ content: '(broadcast)hi', type: MessageType.BROADCAST }),
    );
    await bare.roundTrip();
  });
});
