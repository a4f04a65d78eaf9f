import { expect } from 'chai';
import { createServer as createNetServer, type AddressInfo, type Socket } from 'node:net';
import {
  ChatError,
  ConnectionError,
  connect,
  createServer,
  ErrorCode,
  GapReason,
  MessageType,
  type ChatServer,
} from '../../src/index.js';
import { chatMessage, encodeFrame } from '../../src/protocol/codec.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { allEvents, nextEvent, nextMessages as next, rejection } from '../support/chat-clients.js';
import { welcomeOf } from '../support/hello.js';

describe('connect', () => {
  let server: ChatServer;
  let url: string;

  beforeEach(async () => {
    server = await createServer({ port: 0, http: false, store: 'memory' });
    url = server.urls[0]!;
  });

  afterEach(async () => {
    await server.close();
  });

  it('gives a client with the wanted name, or a guest', async () => {
    await using alice = await connect(url, { name: 'alice' });
    await using guest = await connect(url);
    expect(alice.name).to.equal('alice');
    expect(guest.name).to.match(/^guest-\d+$/);
    expect(alice.limits.contentBytesMax).to.equal(4096);
  });

  it('delivers broadcasts to everybody, with sender, number and time', async () => {
    await using alice = await connect(url, { name: 'alice' });
    await using bob = await connect(url, { name: 'bob' });
    const arriving = next(bob, 2);
    const first = await alice.send('hello');
    const second = await alice.send('again');
    expect([first.seq, second.seq]).to.deep.equal([1, 2]);
    const [message, other] = await arriving;
    const { id, room, seq, sentAt } = first;
    expect(message).to.deep.include({ id, room, seq, sentAt, content: 'hello', sender: 'alice' });
    expect(other).to.include({ id: second.id, content: 'again', sender: 'alice', seq: 2 });
    expect(message?.type).to.equal(MessageType.BROADCAST);
    expect(message?.sentAt?.getTime()).to.be.closeTo(Date.now(), 60_000);
  });

  it('gives an echo to its sender alone', async () => {
    await using alice = await connect(url, { name: 'alice' });
    await using bob = await connect(url, { name: 'bob' });
    const arriving = next(bob, 1);
    const echoing = next(alice, 1);
    const ack = await alice.send('just me', { type: MessageType.ECHO });
    expect(ack).to.include({ room: '', seq: 0 });
    const [echo] = await echoing;
    expect(echo).to.include({ id: ack.id, content: 'just me', type: MessageType.ECHO, seq: 0 });
    await alice.send('all');
    expect((await arriving)[0]?.content).to.equal('all');
  });

  it('confirms each of many messages under way, in order', async () => {
    await using alice = await connect(url);
    const texts = Array.from({ length: 500 }, (_, index) => `text ${index}`);
    const arriving = next(alice, 500);
    const confirmed = await Promise.all(texts.map((text) => alice.send(text)));
    expect(confirmed.map(({ seq }) => seq)).to.deep.equal(texts.map((_, index) => index + 1));
    expect((await arriving).map(({ content }) => content)).to.deep.equal(texts);
  });

  it('rejects a refused message with its code, and goes on', async () => {
    await using alice = await connect(url);
    const error = await rejection(alice.send('x'.repeat(4097)));
    expect(error).to.be.instanceOf(ChatError);
    expect((error as ChatError).code).to.equal(ErrorCode.ERROR_CODE_CONTENT_TOO_LONG);
    expect((await alice.send('short')).seq).to.equal(1);
  });

  it('refuses a text that is too long, or an empty broadcast, without hurting the others', async () => {
    await using alice = await connect(url);
    const before = alice.send('before');
    const tooLong = rejection(alice.send('ü'.repeat(40_000)));
    const empty = rejection(alice.send(''));
    const after = alice.send('after');
    expect(await tooLong).to.include({ code: ErrorCode.ERROR_CODE_CONTENT_TOO_LONG });
    expect(await empty).to.include({ code: ErrorCode.ERROR_CODE_EMPTY_CONTENT });
    expect([(await before).seq, (await after).seq]).to.deep.equal([1, 2]);
    expect((await alice.send('', { type: MessageType.ECHO })).seq).to.equal(0);
  });

  it('confirms what was sent before it was closed, and refuses what comes after', async () => {
    const alice = await connect(url);
    const sent = Promise.all(['a', 'b', 'c'].map((text) => alice.send(text)));
    const closing = alice.close();
    expect(await rejection(alice.send('d'))).to.include({ kind: 'closed' });
    expect((await sent).map(({ seq }) => seq)).to.deep.equal([1, 2, 3]);
    await closing;
  });

  it('gives each of several waiting for the next message one of their own', async () => {
    await using alice = await connect(url);
    const messages = alice[Symbol.asyncIterator]();
    const waiting = [messages.next(), messages.next(), messages.next()];
    for (const text of ['a', 'b', 'c']) await alice.send(text);
    const taken = (await Promise.all(waiting)).map(({ value }) => value?.content);
    expect(taken).to.have.members(['a', 'b', 'c']);
  });

  it('takes messages as long as the server says that they may be', async () => {
    await using large = await createServer({
      store: 'memory',
      port: 0,
      http: false,
      contentBytesMax: 100_000,
      frameBytesMax: 200_000,
    });
    await using alice = await connect(large.urls[0]!);
    await using bob = await connect(large.urls[0]!);
    const arriving = next(bob, 1);
    const text = 'x'.repeat(100_000);
    await alice.send(text);
    expect((await arriving)[0]?.content).to.equal(text);
  });

  it('rejects with a free name when the wanted one is in use, in any case', async () => {
    await using alice = await connect(url, { name: 'alice' });
    const error = await rejection(connect(url, { name: 'ALICE' }));
    expect(error).to.be.instanceOf(ChatError);
    expect(error).to.include({ code: ErrorCode.ERROR_CODE_NAME_IN_USE, suggestion: 'ALICE2' });
    await using second = await connect(url, { name: 'ALICE2' });
    expect([alice.name, second.name]).to.deep.equal(['alice', 'ALICE2']);
  });

  it('ends its iterations when it is closed, and rejects what comes later', async () => {
    const alice = await connect(url);
    const iteration = next(alice, Infinity);
    await alice.send('last');
    await alice.close();
    await alice.close();
    expect((await iteration).map((message) => message.content)).to.deep.equal(['last']);
    expect(await rejection(alice.send('too late'))).to.include({ kind: 'closed' });
    for await (const message of alice) expect.fail(`nothing comes any more: ${message.content}`);
  });

  it("tells the server's goodbye to listeners, iterations and whoever waits", async () => {
    const alice = await connect(url, { reconnect: false });
    const closed = nextEvent(alice, 'close');
    const iteration = rejection(next(alice, 1));
    await server.close();
    const [error] = await closed;
    expect(error).to.include({ kind: 'lost', message: 'the server is shutting down' });
    expect(await iteration).to.equal(error);
  });

  it('comes back to a server that was restarted, and goes on where it was', async () => {
    const data = await makeFolder();
    let kept = await createServer({ port: 0, http: false, data });
    const port = Number(new URL(kept.urls[0]!).port);
    const alice = await connect(kept.urls[0]!, { name: 'alice', rooms: ['dev'] });
    const heard = allEvents(alice, 'message');
    const gaps = allEvents(alice, 'gap');
    const before = Promise.all(
      Array.from({ length: 200 }, (_, index) => alice.send(`before ${index}`, { room: 'dev' })),
    );
    const waiting = nextEvent(alice, 'state');
    await kept.close();
    await waiting;
    const after = alice.send('after', { room: 'dev' });
    kept = await createServer({ port, http: false, data });
    const numbers = [...(await before), await after].map(({ seq }) => seq);
    const upTo201 = Array.from({ length: 201 }, (_, index) => index + 1);
    expect(numbers).to.deep.equal(upTo201);
    if (heard.length < 201) await nextEvent(alice, 'message', ({ seq }) => seq === 201);
    expect(heard.map(({ seq }) => seq)).to.deep.equal(upTo201);
    expect(gaps).to.be.empty;
    expect(alice.name).to.equal('alice');
    await alice.close();
    await kept.close();
    await removeFolder(data);
  });

  it('begins its rooms anew with a server that keeps nothing', async () => {
    await using alice = await connect(url, { name: 'alice', rooms: ['dev'] });
    await alice.send('before', { room: 'dev' });
    const gap = nextEvent(alice, 'gap');
    const waiting = nextEvent(alice, 'state');
    await server.close();
    expect((await waiting)[0]).to.include({ reason: 'the server is shutting down' });
    const after = alice.send('after', { room: 'dev' });
    server = await createServer({ port: Number(new URL(url).port), http: false, store: 'memory' });
    expect((await after).seq).to.equal(1);
    expect((await gap)[0]).to.include({ room: 'dev', reason: GapReason.GAP_REASON_EPOCH });
    expect(alice.name).to.equal('alice');
  });

  it('gives the same sender back by its token, and each message once', async () => {
    const earlier = await connect(url, { name: 'alice' });
    await earlier.send('text', { id: 'm' });
    const { token } = earlier;
    await earlier.close();
    await using alice = await connect(url, { token });
    expect(alice.name).to.equal('alice');
    expect(await alice.send('text', { id: 'm' })).to.include({ seq: 1, duplicate: true });
  });

  it('reads the history of a room, and goes on live, without a hole between', async () => {
    await using alice = await connect(url, { rooms: ['dev'] });
    const sent: Array<Promise<unknown>> = [];
    for (let count = 0; count < 100; count += 1) {
      sent.push(alice.send(`text ${count}`, { room: 'dev' }));
    }
    await sent[49];
    await using bob = await connect(url, { rooms: [{ room: 'dev', last: 20 }] });
    const caughtUp = nextEvent(bob, 'caughtUp');
    const heard = allEvents(bob, 'message');
    expect((await caughtUp)[0]).to.deep.equal({ room: 'dev', messages: 20 });
    await Promise.all(sent);
    if (heard.at(-1)?.seq !== 100) await nextEvent(bob, 'message', ({ seq }) => seq === 100);
    const [first] = heard;
    expect(heard.map(({ seq }) => seq)).to.deep.equal(heard.map((_, index) => first!.seq + index));
    const page = await bob.history('dev', { before: 11, limit: 5 });
    expect(page.messages.map(({ seq }) => seq)).to.deep.equal([6, 7, 8, 9, 10]);
    expect(page).to.include({ end: false, tailSeq: 1 });
  });

  it('knows who is in a room, and who comes and goes', async () => {
    await using alice = await connect(url, {
      name: 'alice',
      rooms: [{ room: 'dev', presence: true }],
    });
    const came = nextEvent(alice, 'presence', ({ joined }) => joined.includes('bob'));
    await using bob = await connect(url, { name: 'bob' });
    await bob.join('dev');
    expect((await came)[0]).to.include({ room: 'dev', count: 2 });
    const { names, count } = await bob.members('dev');
    expect(names).to.have.members(['alice', 'bob']);
    expect(count).to.equal(2);
    const went = nextEvent(alice, 'presence', ({ left }) => left.includes('bob'));
    await bob.leave('dev');
    expect((await went)[0]).to.include({ room: 'dev', count: 1 });
  });

  it('changes its name, and loses nothing by that', async () => {
    await using alice = await connect(url, { name: 'alice' });
    await using bob = await connect(url, { name: 'bob' });
    const heard = next(bob, 41);
    const sent = Array.from({ length: 20 }, (_, index) => alice.send(`before ${index}`));
    const renaming = alice.rename('carol');
    sent.push(...Array.from({ length: 20 }, (_, index) => alice.send(`meanwhile ${index}`)));
    await renaming;
    sent.push(alice.send('after'));
    const numbers = (await Promise.all(sent)).map(({ seq }) => seq);
    expect(numbers).to.deep.equal(numbers.map((_, index) => index + 1));
    expect((await heard).at(-1)).to.include({ sender: 'carol', content: 'after', seq: 41 });
    expect(await rejection(alice.rename('bob'))).to.include({
      code: ErrorCode.ERROR_CODE_NAME_IN_USE,
    });
    expect(alice.name).to.equal('carol');
  });

  it('rejects for a URL that it cannot dial', async () => {
    for (const bad of ['ftp://127.0.0.1', 'no host', 'tcp://', '']) {
      expect(await rejection(connect(bad)), bad).to.be.instanceOf(TypeError);
    }
  });

  it('rejects when nobody listens', async () => {
    await server.close();
    const error = await rejection(connect(url));
    expect(error).to.be.instanceOf(ConnectionError).and.to.include({ kind: 'unreachable' });
    expect(error.message).to.contain('ECONNREFUSED');
  });
});

describe('connect, to something else', () => {
  let answer: (socket: Socket) => void;
  let url: string;
  let stop: () => Promise<void>;

  beforeEach(async () => {
    const sockets = new Set<Socket>();
    const server = createNetServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      answer(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    stop = async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    };
  });

  afterEach(async () => {
    await stop();
  });

  it('loses nothing that comes in one piece with the welcome', async () => {
    const welcome = welcomeOf('alice');
    const frames = [
      chatMessage({ content: '(broadcast)before', type: MessageType.BROADCAST }),
      chatMessage({ control: { $case: 'welcome', welcome } }),
      chatMessage({ content: 'after' }),
    ].map(encodeFrame);
    answer = (socket) => socket.end(Buffer.concat(frames));
    const alice = await connect(url, { rooms: [], reconnect: false });
    const heard: string[] = [];
    alice.on('message', (message) => heard.push(message.content));
    await new Promise((resolve) => alice.on('close', resolve));
    expect(heard).to.deep.equal(['after']);
  });

  it('closes though the server does not', async () => {
    const welcome = welcomeOf('alice');
    answer = (socket) => {
      socket.write(encodeFrame(chatMessage({ control: { $case: 'welcome', welcome } })));
      socket.resume();
    };
    const alice = await connect(url, { rooms: [] });
    await Promise.all([alice.close(), alice.close()]);
  });

  it('gives up when there is no answer in time', async () => {
    answer = () => {};
    expect(await rejection(connect(url, { timeoutMs: 50 }))).to.include({ kind: 'timedOut' });
  });

  it('rejects when the answer is no frame', async () => {
    answer = (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(10));
    const error = await rejection(connect(url));
    expect(error).to.include({ kind: 'lost' });
    expect(error.message).to.equal('the peer is not a tcp-chat server');
  });

  it('rejects when the connection ends before the welcome', async () => {
    answer = (socket) => socket.end();
    expect(await rejection(connect(url))).to.include({ kind: 'lost' });
  });

  it('passes on what the server said when it turned the connection away', async () => {
    answer = (socket) => {
      socket.end(encodeFrame(chatMessage({ content: '(error)no room here' })));
    };
    expect(await rejection(connect(url))).to.include({ kind: 'refused', message: 'no room here' });
  });
});
