import { expect } from 'chai';
import { chatMessage } from '../../src/protocol/codec.js';
import { ErrorCode, MessageType, type ChatMessage } from '../../src/protocol/messages.js';
import { expectRefusal } from '../support/refusals.js';
import {
  after,
  expectSeqs,
  fetchPage,
  filled,
  join,
  joinOf,
  leave,
  numbers,
  publish,
  toRoom,
  type Ack,
} from '../support/rooms.js';
import type { RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';

const room = 'dev';

// chat.proto, "Sending, once", Ack.
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

  it('is acked to a session that is still far behind in the history of the room', async () => {
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

describe('a broadcast that is sent again under its id', () => {
  it('is acked as a duplicate with the same facts, and delivered to nobody again', async () => {
    await using server = await TestServer.start();
    const [alice, bob] = [await server.full(), await server.full()];
    alice.send(toRoom('', 'hi', 'm1'));
    const [first] = await ackAndDelivery(alice);
    alice.send(toRoom('', 'between'));
    expect(await alice.next()).to.include({ content: 'between', seq: 2 });
    for (let count = 0; count < 3; count += 1) {
      alice.send(toRoom('lobby', 'hi', 'm1'));
      expect(await nextAck(alice)).to.deep.equal({ ...first, duplicate: true });
    }
    alice.send(toRoom('', 'end'));
    expect(await alice.next()).to.include({ content: 'end', seq: 3 });
    for (const content of ['hi', 'between', 'end']) {
      expect(await bob.next()).to.include({ content });
    }
    await bob.roundTrip();
  });

  it('in one chunk is delivered once, and acked each time in its place', async () => {
    await using server = await TestServer.start();
    const [alice, bob] = [await server.full(), await server.full()];
    alice.send(
      toRoom('', '1', 'm1'),
      toRoom('', '1', 'm1'),
      toRoom('', '2', 'm2'),
      toRoom('', '1', 'm1'),
      toRoom('', '2', 'm2'),
    );
    const acks = await nextAcks(alice, 5);
    expect(acks.map(({ id, seq, duplicate }) => [id, seq, duplicate])).to.deep.equal([
      ['m1', 1, false],
      ['m1', 1, true],
      ['m2', 2, false],
      ['m1', 1, true],
      ['m2', 2, true],
    ]);
    await expectSeqs(bob, 'lobby', 1, 2);
    await bob.roundTrip();
    alice.send(toRoom('', '3'));
    await expectSeqs(bob, 'lobby', 3, 3);
  });

  it('to another room is another message', async () => {
    await using server = await TestServer.start();
    const alice = await server.full();
    await join(alice, room);
    for (const name of ['lobby', room]) {
      alice.send(toRoom(name, 'hi', 'm1'));
      const [ack] = await ackAndDelivery(alice);
      expect(ack).to.include({ room: name, seq: 1, duplicate: false });
    }
  });

  it('with another content is refused; the connection stays and nobody gets it', async () => {
    await using server = await TestServer.start();
    const [alice, bob] = [await server.full(), await server.full()];
    alice.send(toRoom('', '1', 'm1'));
    await ackAndDelivery(alice);
    alice.send(toRoom('', 'one', 'm1'));
    const error = await expectRefusal(alice, ErrorCode.ERROR_CODE_ID_REUSED);
    expect(error).to.include({ id: 'm1', retryable: false });
    await alice.roundTrip();
    // In one chunk, too.
    alice.send(toRoom('', '2', 'm2'), toRoom('', 'two', 'm2'), toRoom('', '3', 'm3'));
    const answers: string[] = [];
    while (answers.length < 3) {
      const { control } = await alice.next();
      if (control?.$case === 'ack') answers.push(`ack ${control.ack.id} ${control.ack.seq}`);
      if (control?.$case === 'error') answers.push(`error ${control.error.id}`);
    }
    expect(answers.toSorted()).to.deep.equal(['ack m2 2', 'ack m3 3', 'error m2']);
    await expectSeqs(bob, 'lobby', 1, 3);
    await bob.roundTrip();
    // What counts is still the first content.
    alice.send(toRoom('', '1', 'm1'));
    const [ack] = await nextAcks(alice, 1);
    expect(ack).to.include({ id: 'm1', seq: 1, duplicate: true });
  });

  it('by somebody else is another message', async () => {
    await using server = await TestServer.start();
    const [alice, bob] = [await server.full('alice'), await server.full('bob')];
    alice.send(toRoom('', '1', 'm1'));
    await expectSeqs(bob, 'lobby', 1, 1);
    for (const content of ['2', 'three']) {
      bob.send(toRoom('', content, content === '2' ? 'm1' : 'm2'));
      expect((await ackAndDelivery(bob))[0].duplicate).to.equal(false);
    }
  });

  it('on a new connection with the token is still known', async () => {
    await using server = await TestServer.start();
    const listener = await server.full();
    let alice = await server.full('alice');
    alice.send(toRoom('', '1', 'm1'));
    const [first] = await ackAndDelivery(alice);
    for (let connection = 2; connection < 5; connection += 1) {
      alice = await server.again(alice.welcome!.token);
      alice.send(toRoom('', '1', 'm1'));
      expect(await nextAck(alice)).to.deep.equal({ ...first, duplicate: true });
      alice.send(toRoom('', 'one', 'm1'));
      await expectRefusal(alice, ErrorCode.ERROR_CODE_ID_REUSED);
    }
    alice.send(toRoom('', '2', 'm2'));
    await expectSeqs(listener, 'lobby', 1, 2);
  });

  it('on a new connection without the token is another message, even under the same name', async () => {
    await using server = await TestServer.start();
    const listener = await server.full();
    for (const seq of [1, 2]) {
      const alice = await server.full('alice');
      alice.send(toRoom('', String(seq), 'm1'));
      expect((await ackAndDelivery(alice))[0]).to.include({ seq, duplicate: false });
      alice.end();
      await server.sessions(1);
    }
    await expectSeqs(listener, 'lobby', 1, 2);
  });

  it('with the token and a new name is still known, under the sender’s earlier name', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    alice.send(toRoom('', '1', 'm1'));
    await ackAndDelivery(alice);
    const alicia = await server.again(alice.welcome!.token, 'alicia');
    alicia.send(toRoom('', '1', 'm1'));
    expect(await nextAck(alicia)).to.include({ seq: 1, duplicate: true });
    expect((await fetchPage(alicia, 'lobby')).messages[0]).to.include({ sender: 'alice' });
  });

  it('behind a rejoin is still known', async () => {
    await using server = await TestServer.start();
    const alice = await server.full();
    await filled(alice, room, 3);
    await alice.roundTrip();
    await leave(alice, room);
    await join(alice, room);
    await publish(alice, room, ['4']);
    alice.send(toRoom(room, '5', 'm5'), toRoom(room, '5', 'm5'));
    expect((await nextAcks(alice, 2)).map(({ seq }) => seq)).to.deep.equal([5, 5]);
  });
});

/** The next two things are an ack and the message that it is about. */
async function ackAndDelivery(client: RawClient): Promise<[Ack, ChatMessage]> {
  const messages = await client.nextMany(2);
  const delivered = messages.find(({ control }) => control === undefined);
  const control = messages.find((message) => message !== delivered)?.control;
  if (delivered === undefined || control?.$case !== 'ack') {
    throw new Error(`an ack and a message were expected, not ${JSON.stringify(messages)}`);
  }
  return [control.ack, delivered];
}

/** The next thing is an ack. */
async function nextAck(client: RawClient): Promise<Ack> {
  return (await client.nextControl('ack')).ack;
}

/** The next acks, whatever else arrives among them. */
async function nextAcks(client: RawClient, count: number): Promise<Ack[]> {
  const acks: Ack[] = [];
  while (acks.length < count) acks.push((await client.untilControl('ack')).ack);
  return acks;
}
