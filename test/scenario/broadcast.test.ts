import { expect } from 'chai';
import { chatMessage } from '../../src/protocol/codec.js';
import { MessageType, type ChatMessage } from '../../src/protocol/messages.js';
import { bytes, field, frame, hex, numberField } from '../support/bytes.js';
import { framesOf, type RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';

const { BROADCAST } = MessageType;

// chat.proto, "The smallest client" and "Full sessions".
describe('a broadcast', () => {
  it('reaches every bare session after its mark, the sender too, byte for byte', async () => {
    await using server = await TestServer.start();
    const [sender, other, third] = [await server.bare(), await server.bare(), await server.bare()];
    sender.sendBytes(hex('06 0a 02 68 69 10 01'));
    for (const client of [sender, other, third]) {
      const expected = bytes(hex('0a 0d'), '(broadcast)hi', hex('10 01'));
      expect(await client.nextBytes()).to.deep.equal(expected);
      await client.roundTrip(); // it came once
    }
  });

  it('reaches every full session as it was written, with its sender, number and time', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    const bob = await server.full('bob');
    const before = Date.now();
    alice.broadcast('hi', { id: 'm1' });
    for (const client of [alice, bob]) {
      const { sentAt, ...message } = await client.next();
      const { sentAt: _, ...expected } = chatMessage({
        content: 'hi',
        type: BROADCAST,
        id: 'm1',
        sender: 'alice',
        room: 'lobby',
        seq: 1,
      });
      expect(message).to.deep.equal(expected);
      expect(sentAt!.getTime()).to.be.within(before, Date.now());
      if (client === alice) await client.nextControl('ack');
      await client.roundTrip();
    }
  });

  it('is one message for full and bare sessions side by side, whoever sends it', async () => {
    await using server = await TestServer.start();
    const full = await server.full('alice');
    const bare = await server.bare();
    full.broadcast('from full', { id: 'f' });
    expect(await bare.next()).to.deep.equal(
      chatMessage({ content: '(broadcast)from full', type: BROADCAST }),
    );
    expect(await full.next()).to.include({ content: 'from full', sender: 'alice', seq: 1 });
    await full.nextControl('ack');
    bare.broadcast('from bare', { id: 'b' });
    expect(await bare.next()).to.deep.equal(
      chatMessage({ content: '(broadcast)from bare', type: BROADCAST }),
    );
    const message = await full.next();
    expect(message).to.include({ content: 'from bare', id: 'b', seq: 2, room: 'lobby' });
    expect(message.sender).to.match(/^guest-\d+$/);
  });

  it('of a guest carries the same name each time, and another than any other guest', async () => {
    await using server = await TestServer.start();
    const listener = await server.full('alice');
    const senders: string[] = [];
    for (const client of [await server.bare(), await server.bare(), await server.full()]) {
      client.broadcast('one');
      client.broadcast('two');
      const [one, two] = await listener.nextMany(2);
      expect(one!.sender).to.match(/^guest-\d+$/);
      expect(two!.sender).to.equal(one!.sender);
      if (client.welcome !== undefined) expect(one!.sender).to.equal(client.name);
      senders.push(one!.sender);
    }
    expect(new Set(senders).size).to.equal(3);
  });

  it('may name the lobby as its room', async () => {
    await using server = await TestServer.start();
    const client = await server.full('alice');
    client.broadcast('hi', { room: 'lobby' });
    expect(await client.next()).to.include({ content: 'hi', room: 'lobby', seq: 1 });
  });

  it('of 4,096 bytes fits', async () => {
    await using server = await TestServer.start();
    const bare = await server.bare();
    const full = await server.full('alice');
    const content = 'é'.repeat(2048);
    bare.broadcast(content);
    expect(await bare.next()).to.include({ content: `(broadcast)${content}` });
    expect(await full.next()).to.include({ content });
  });

  it('is not delivered to a session that comes later', async () => {
    await using server = await TestServer.start();
    const early = await server.full('alice');
    early.broadcast('before');
    expect(await early.next()).to.include({ content: 'before', seq: 1 });
    const late = [await server.bare(), await server.full('bob')];
    early.broadcast('after');
    expect(await late[0]!.next()).to.include({ content: '(broadcast)after' });
    expect(await late[1]!.next()).to.include({ content: 'after', seq: 2 });
  });

  it('reaches a bare session that has never said anything', async () => {
    await using server = await TestServer.start();
    const mute = await server.connect();
    await server.sessions(1);
    const sender = await server.bare();
    sender.broadcast('anybody?');
    expect(await mute.next()).to.include({ content: '(broadcast)anybody?', type: BROADCAST });
  });

  it('keeps its place among the others of its chunk', async () => {
    await using server = await TestServer.start();
    const full = await server.full('alice');
    const bare = await server.bare();
    const contents = Array.from({ length: 500 }, (_, index) => `number ${index}`);
    bare.sendBytes(framesOf(contents.map((content) => ({ content, type: BROADCAST }))));
    const heard = await full.nextMany(500);
    expect(heard.map(({ content }) => content)).to.deep.equal(contents);
    expect(heard.map(({ seq }) => seq)).to.deep.equal(contents.map((_, index) => index + 1));
    const marked = await bare.nextMany(500);
    expect(marked.map(({ content }) => content)).to.deep.equal(
      contents.map((content) => `(broadcast)${content}`),
    );
  });

  it('has one place in the room, the same for all, when many talk at once', async () => {
    await using server = await TestServer.start({ rateLimit: 0 });
    const talkers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => server.full(`talker${index}`)),
    );
    const bare = await server.bare();
    for (let round = 0; round < 50; round += 1) {
      for (const talker of talkers) talker.broadcast(`${talker.name} says ${round}`);
    }
    const [first, ...others] = await Promise.all(
      talkers.map(async (talker) => talker.nextMany(1000)),
    );
    expect(first!.map(({ seq }) => seq)).to.deep.equal(first!.map((_, index) => index + 1));
    expectOwnOrder(first!, talkers);
    for (const other of others) expect(other).to.deep.equal(first);
    expect((await bare.nextMany(1000)).map(({ content }) => content)).to.deep.equal(
      first!.map(({ content }) => `(broadcast)${content}`),
    );
  });

  it('keeps nothing that only a server may set, and nothing unknown', async () => {
    await using server = await TestServer.start();
    const full = await server.full('alice');
    const bare = await server.bare();
    const forged = [field(5, 'root'), numberField(6, 99), field(7, numberField(1, 1))];
    const unknown = [field(15, 'x'), numberField(50, 1), field(2000, 'y')];
    bare.sendBytes(
      frame(...forged, ...unknown, field(1, 'hi'), numberField(2, 1), ...forged, ...unknown),
    );
    expect(await bare.nextBytes()).to.deep.equal(
      bytes(hex('0a 0d'), '(broadcast)hi', hex('10 01')),
    );
    const message = await full.next();
    expect(message.sender).to.match(/^guest-\d+$/);
    expect(message.seq).to.equal(1);
    expect(message.sentAt!.getTime()).to.be.greaterThan(1000);
    full.sendBytes(frame(...forged, ...unknown, field(1, 'hm'), field(3, 'm'), ...unknown));
    const echo = await full.next();
    expect(echo).to.include({ content: 'hm', id: 'm', seq: 0, sentAt: undefined });
    expect(echo.sender).not.to.equal('root');
  });
});

/** What one session sent comes in the order in which it sent it. */
function expectOwnOrder(messages: readonly ChatMessage[], talkers: readonly RawClient[]): void {
  for (const { name } of talkers) {
    const own = messages.filter(({ sender }) => sender === name);
    expect(own.map(({ content }) => content)).to.deep.equal(
      Array.from({ length: 50 }, (_, round) => `${name} says ${round}`),
    );
  }
}
