import { expect } from 'chai';
import { connect, type ChatClient, type ChatMessage } from '../../src/index.js';
import { GapReason, MessageType } from '../../src/protocol/messages.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { after, fetchPage, join, last, publish } from '../support/rooms.js';
import { TestServer } from '../support/server.js';

const { BROADCAST } = MessageType;

// chat.proto, "Sending" and "Rooms": what was accepted outlives the server.
describe('a server that is started again on its data', () => {
  let data: string;

  beforeEach(async () => {
    data = await makeFolder();
  });

  afterEach(async () => {
    await removeFolder(data);
  });

  const start = async (): Promise<TestServer> => await TestServer.start({ store: 'sqlite', data });

  it('has all that was acked, under the same numbers and in the same epoch', async () => {
    let epoch: string;
    {
      await using server = await start();
      const alice = await server.full('alice');
      ({ epoch } = await join(alice, 'dev'));
      await publish(alice, 'dev', ['one', 'two', 'three']);
    }
    await using server = await start();
    const bob = await server.full('bob');
    expect(await join(bob, 'dev', after(1, epoch))).to.include({ epoch, firstSeq: 2, headSeq: 3 });
    expect(await bob.next()).to.include({ content: 'two', seq: 2, sender: 'alice', room: 'dev' });
    expect(await bob.next()).to.include({ content: 'three', seq: 3 });
    bob.broadcast('four', { room: 'dev' });
    expect(await bob.next()).to.include({ content: 'four', seq: 4 });
    const page = await fetchPage(bob, 'dev');
    expect(page.messages.map(({ content }) => content)).to.deep.equal([
      'one',
      'two',
      'three',
      'four',
    ]);
  });

  it('knows a sender by its token, its name and the ids of its messages', async () => {
    let token: string;
    let sentAt: Date | undefined;
    {
      await using server = await start();
      const alice = await server.full('alice');
      ({ token } = alice.welcome!);
      alice.broadcast('once', { id: 'm1' });
      await alice.next();
      ({ sentAt } = (await alice.nextControl('ack')).ack);
    }
    await using server = await start();
    const alice = await server.again(token);
    expect(alice.name).to.equal('alice');
    alice.broadcast('once', { id: 'm1' });
    expect((await alice.nextControl('ack')).ack).to.deep.equal({
      id: 'm1',
      room: 'lobby',
      seq: 1,
      sentAt,
      duplicate: true,
    });
    alice.broadcast('another', { id: 'm1' });
    expect((await alice.nextControl('error')).error).to.include({ id: 'm1', retryable: false });
  });

  it('gives guests names that no guest had before, and a returning one its own', async () => {
    const names = new Set<string>();
    let token = '';
    let name = '';
    for (let round = 0; round < 3; round += 1) {
      await using server = await start();
      if (token !== '') expect((await server.again(token)).name).to.equal(name);
      const guest = await server.full();
      expect(names).not.to.include(guest.name);
      names.add(guest.name);
      ({ token } = guest.welcome!);
      ({ name } = guest);
    }
  });

  it('has the lobby’s history, which bare sessions have written, too', async () => {
    {
      await using server = await start();
      const bare = await server.bare();
      bare.broadcast('from bare');
      await bare.next();
    }
    await using server = await start();
    const full = await server.full();
    await join(full, 'lobby', last(10));
    expect(await full.next()).to.include({ content: 'from bare', seq: 1, type: BROADCAST });
  });

  it('is no place for a second one meanwhile', async () => {
    await using server = await start();
    let problem: unknown;
    await start().catch((error: unknown) => (problem = error));
    expect(problem).to.be.an.instanceOf(Error).with.property('name', 'StoreOpenError');
    await (await server.full()).roundTrip();
  });

  it('is not noticed by clients but by its absence: none misses or repeats a message', async () => {
    const port = await freePort(data);
    const received = new Map<ChatClient, string[]>();
    const clients: ChatClient[] = [];
    let server = await TestServer.start({ store: 'sqlite', data, port });
    for (const name of ['alice', 'bob', 'carol']) {
      const client = await connect(`tcp://127.0.0.1:${port}`, { name, rooms: ['lobby', 'dev'] });
      const contents: string[] = [];
      received.set(client, contents);
      client.on('message', ({ content }: ChatMessage) => contents.push(content));
      clients.push(client);
    }
    const [alice] = clients;
    const acks: Array<Promise<unknown>> = [];
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 50; index += 1) {
        acks.push(alice!.send(`${round} ${index}`, { room: 'dev' }));
      }
      await server[Symbol.asyncDispose]();
      for (let index = 50; index < 100; index += 1) {
        acks.push(alice!.send(`${round} ${index}`, { room: 'dev' }));
      }
      server = await TestServer.start({ store: 'sqlite', data, port });
      for (const client of clients) client.reconnect();
    }
    await Promise.all(acks);
    const { seq } = await alice!.send('last', { room: 'dev' });
    expect(seq).to.equal(301);
    for (const client of clients) {
      await heard(client, received.get(client)!, 'last');
      expect(received.get(client)!).to.deep.equal([
        ...[0, 1, 2].flatMap((round) =>
          Array.from({ length: 100 }, (_, index) => `${round} ${index}`),
        ),
        'last',
      ]);
      await client.close();
    }
    await server[Symbol.asyncDispose]();
  });
});

// chat.proto, 7.2: "If it cannot get some messages any more, a `gap` names them."
describe('a server that keeps its rooms in memory, started again', () => {
  it('says that another epoch has begun, and gives all that there is of it', async () => {
    let epoch: string;
    {
      await using server = await TestServer.start();
      const alice = await server.full('alice');
      ({ epoch } = await join(alice, 'dev'));
      await publish(alice, 'dev', ['old one', 'old two']);
    }
    await using server = await TestServer.start();
    const bob = await server.full('bob');
    await join(bob, 'dev');
    await publish(bob, 'dev', ['new one']);
    const alice = await server.full('alice');
    const joined = await join(alice, 'dev', after(2, epoch));
    expect(joined).to.include({ firstSeq: 1, headSeq: 1 });
    expect(joined.epoch).not.to.equal(epoch);
    expect((await alice.nextControl('gap')).gap).to.deep.equal({
      room: 'dev',
      fromSeq: 1,
      toSeq: 0,
      reason: GapReason.GAP_REASON_EPOCH,
    });
    expect(await alice.next()).to.include({ content: 'new one', seq: 1 });
  });
});

/** Settles when the last of the contents is this one. */
async function heard(client: ChatClient, contents: string[], content: string): Promise<void> {
  if (contents.at(-1) === content) return;
  await new Promise<void>((resolve) => {
    client.on('message', () => {
      if (contents.at(-1) === content) resolve();
    });
  });
}

/** A port that is free now, and was a server's: so nobody is given it for a while. */
async function freePort(data: string): Promise<number> {
  await using server = await TestServer.start({ store: 'sqlite', data });
  return server.port;
}
