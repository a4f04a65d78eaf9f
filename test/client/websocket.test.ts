import { expect } from 'chai';
import { connect, ConnectionError, createServer, type ChatServer } from '../../src/index.js';
import { allEvents, nextEvent, nextMessages, rejection } from '../support/chat-clients.js';
import { makeFolder, removeFolder } from '../support/folders.js';

describe('connect, over WebSocket', () => {
  let folder: string;
  let server: ChatServer;
  let url: string;

  const start = async (httpPort: number): Promise<ChatServer> =>
    await createServer({ port: 0, httpPort, data: folder, rateLimit: 0, drainTimeoutMs: 1000 });

  beforeEach(async () => {
    folder = await makeFolder();
    server = await start(0);
    url = `ws://127.0.0.1:${server.httpPort}`;
  });

  afterEach(async () => {
    await server.close();
    await removeFolder(folder);
  });

  it('chats with clients over TCP, in the same order for all', async () => {
    await using alice = await connect(url, { name: 'alice' });
    await using bob = await connect(server.urls[0]!, { name: 'bob' });
    const heard = [nextMessages(alice, 3), nextMessages(bob, 3)];
    const { seq } = await alice.send('over WebSocket');
    expect(seq).to.equal(1);
    await bob.send('over TCP');
    await alice.send('again');
    for (const messages of await Promise.all(heard)) {
      expect(messages.map(({ sender, content }) => `${sender}: ${content}`)).to.deep.equal([
        'alice: over WebSocket',
        'bob: over TCP',
        'alice: again',
      ]);
    }
  });

  it('sends any number of large messages at once', async () => {
    await using alice = await connect(url);
    const content = 'x'.repeat(4096);
    const acks = await Promise.all(Array.from({ length: 200 }, async () => alice.send(content)));
    expect(acks.map(({ seq }) => seq)).to.deep.equal(acks.map((_, index) => index + 1));
  });

  it('sends no more at once than the server takes in one message', async () => {
    await using small = await createServer({
      port: 0,
      httpPort: 0,
      store: 'memory',
      contentBytesMax: 1000,
      frameBytesMax: 3000,
    });
    await using alice = await connect(`ws://127.0.0.1:${small.httpPort}`, { reconnect: false });
    const content = 'x'.repeat(900);
    const acks = await Promise.all(Array.from({ length: 50 }, async () => alice.send(content)));
    expect(acks.at(-1)?.seq).to.equal(50);
  });

  it('after a restart of the server goes on after the last message, and sends what waits', async () => {
    await using alice = await connect(url, { name: 'alice' });
    const messages = allEvents(alice, 'message');
    await alice.send('before');
    const { httpPort } = server;
    const waiting = nextEvent(alice, 'state', ({ kind }) => kind === 'waiting');
    await server.close();
    const [state] = await waiting;
    expect(state).to.include({ kind: 'waiting', reason: 'the server is shutting down' });
    const meanwhile = alice.send('meanwhile');
    server = await start(httpPort!);
    await using bob = await connect(server.urls[0]!, { name: 'bob' });
    await bob.send('from bob');
    alice.reconnect();
    await meanwhile;
    await alice.send('after');
    expect(alice.name).to.equal('alice');
    expect(messages.map(({ seq }) => seq)).to.deep.equal([1, 2, 3, 4]);
    const contents = messages.map(({ content }) => content);
    expect(contents).to.have.members(['before', 'from bob', 'meanwhile', 'after']);
  });

  it('takes a URL with a path as it is', async () => {
    await using alice = await connect(`${url}/ws`);
    expect(alice.state.kind).to.equal('open');
    const error = await rejection(connect(`${url}/elsewhere`));
    expect(error).to.be.instanceOf(ConnectionError).and.include({ kind: 'unreachable' });
    expect(error.message).to.contain('404');
  });

  it('says why there is nobody at the address', async () => {
    await server.close();
    const error = await rejection(connect(url));
    expect(error).to.be.instanceOf(ConnectionError).and.include({ kind: 'unreachable' });
    expect(error.message).to.contain('ECONNREFUSED');
    server = await start(0);
  });

  it('ends when it is closed, and the server has forgotten it', async () => {
    const alice = await connect(url);
    expect(server.sessionCount).to.equal(1);
    await alice.close();
    expect(alice.state).to.deep.include({ kind: 'closed' });
    await using bob = await connect(url);
    await bob.send('still here');
    expect(server.sessionCount).to.equal(1);
  });
});
