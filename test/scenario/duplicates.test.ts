import { expect } from 'chai';
import { ErrorCode } from '../../src/protocol/messages.js';
import { ackAndDelivery, nextAck, nextAcks } from '../support/acks.js';
import { expectRefusal } from '../support/refusals.js';
import { expectSeqs, fetchPage, filled, join, leave, publish, toRoom } from '../support/rooms.js';
import { TestServer } from '../support/server.js';

const room = 'dev';

// chat.proto, "Sending", Ack.duplicate, ERROR_CODE_ID_REUSED.
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
    await using server = await TestServer.start({ nameHoldHours: 0 });
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

  it('after a rejoin is still known', async () => {
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
