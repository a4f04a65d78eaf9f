import { expect } from 'chai';
import { TestServer } from '../support/server.js';
import { WebSocketClient } from '../support/websocket-client.js';

// chat.proto, 12.6: plain lines.
describe('plain lines over WebSocket', () => {
  let server: TestServer;
  let port: number;

  beforeEach(async () => {
    server = await TestServer.start();
    port = server.chat.httpPort!;
  });

  afterEach(async () => server[Symbol.asyncDispose]());

  async function named(name: string): Promise<WebSocketClient> {
    const path = `/ws?username=${encodeURIComponent(name)}`;
    return await WebSocketClient.open(port, { path });
  }

  it('reach a full session and a bare one over TCP, and theirs come back', async () => {
    const alice = await server.full('alice');
    const bare = await server.bare();
    using lines = await WebSocketClient.open(port);
    lines.sendText('hello from a line');
    expect(await alice.next()).to.include({ content: 'hello from a line', room: 'lobby', seq: 1 });
    expect(await bare.next()).to.include({ content: '(broadcast)hello from a line', type: 1 });
    await lines.expectText('hello from a line');

    alice.broadcast('hello from a session');
    await lines.expectText('[alice] hello from a session');
    bare.broadcast('hello from a guest');
    await lines.expectText('hello from a guest');
    // An echo is its sender's alone.
    alice.echo('nobody hears this');
    alice.broadcast('everybody hears this');
    await lines.expectText('[alice] everybody hears this');
  });

  it('are broadcast as they are: nothing in them is read as anything else', async () => {
    const alice = await server.full('alice');
    using lines = await WebSocketClient.open(port);
    const texts = [
      '{"content":"hi","type":"ECHO"}',
      '(echo)hi',
      '[bob] I am not bob',
      '/join dev',
      ' spaces around ',
      'two\nlines\r\n',
      '\u0000\u001b[31mred\u202e',
      '\ufeffwith a mark',
      'a👋\u{10ffff}é',
      'x'.repeat(4096),
      '👋'.repeat(1024),
    ];
    for (const text of texts) {
      lines.sendText(text);
      await lines.expectText(text);
      expect(await alice.next()).to.include({ content: text });
    }
  });

  it('arrive as often as they are sent, in their order', async () => {
    using one = await WebSocketClient.open(port);
    using two = await WebSocketClient.open(port);
    const texts = Array.from({ length: 300 }, (_, index) => `line ${index % 7} ${index >> 1}`);
    for (const text of texts) one.sendText(text);
    for (const text of texts) {
      for (const client of [one, two]) await client.expectText(text);
    }
  });

  it('need a text: an empty one is refused, and the connection stays', async () => {
    using lines = await WebSocketClient.open(port);
    for (let count = 0; count < 2; count += 1) {
      lines.sendText('');
      await lines.expectText('(error)the content must not be empty');
    }
    lines.sendText('hi');
    await lines.expectText('hi');
  });

  it('that are longer than a content may be are refused, and the connection stays', async () => {
    const alice = await server.full('alice');
    using lines = await WebSocketClient.open(port);
    for (const text of ['x'.repeat(4097), '👋'.repeat(1025), 'x'.repeat(60_000)]) {
      lines.sendText(text);
      expect(await lines.nextText()).to.match(/^\(error\)the content /);
    }
    lines.sendText('hi');
    await lines.expectText('hi');
    expect(await alice.next()).to.include({ content: 'hi', seq: 1 });
  });

  // "A message from a client has at most Limits.frame_bytes_max bytes and 5".
  it('may be as long as any message: the longest is too long a content, no more', async () => {
    using lines = await WebSocketClient.open(port);
    lines.sendText('hi');
    await lines.expectText('hi');
    lines.sendText('x'.repeat(65_541));
    expect(await lines.nextText()).to.match(/^\(error\)the content /);
    lines.sendText('hi');
    await lines.expectText('hi');
    lines.sendText('x'.repeat(65_542));
    expect(await lines.nextText()).to.match(/^\(error\)/);
    expect(await lines.ended()).to.include({ code: 1009 });
  });

  it('of one room are those of the lobby, and no others', async () => {
    const alice = await server.full('alice');
    using lines = await WebSocketClient.open(port);
    alice.control({ $case: 'join', join: { room: 'dev', start: undefined, presence: true } });
    await alice.nextControl('joined');
    await alice.nextControl('presence');
    alice.broadcast('in dev', { room: 'dev' });
    expect(await alice.next()).to.include({ content: 'in dev', room: 'dev' });
    alice.broadcast('in the lobby');
    await lines.expectText('[alice] in the lobby');
  });

  it('of a sender with a name are told with it, to the sender as well', async () => {
    const alice = await server.full('alice');
    using bob = await named('bob');
    using other = await WebSocketClient.open(port);
    bob.sendText('hi');
    expect(await alice.next()).to.include({ content: 'hi', sender: 'bob' });
    await bob.expectText('[bob] hi');
    await other.expectText('[bob] hi');
  });

  it('may have a sender with any name that a hello may give', async () => {
    for (const name of ['Zoë', '李雷', 'a'.repeat(32), 'a.b_c-d', '7']) {
      using client = await named(name);
      client.sendText('hi');
      await client.expectText(`[${name}] hi`);
    }
  });

  for (const [what, query] of [
    ['a guest’s name', 'username=guest-7'],
    ['a space in it', 'username=a%20b'],
    ['a plus sign for a space', 'username=a+b'],
    ['a character that ends a line', 'username=a%0Ab'],
    ['bytes that are not UTF-8', 'username=a%ff'],
    ['33 characters', `username=${'a'.repeat(33)}`],
    ['a mark in front', 'username=.a'],
  ] as const) {
    // "if it cannot have it, the connection is closed after an error", 1008 "for the rest".
    it(`cannot have a sender whose name has ${what}: an error, and 1008`, async () => {
      using client = await WebSocketClient.open(port, { path: `/ws?${query}` });
      expect(await client.nextText()).to.match(/^\(error\)a name must have 1 to 32 /);
      expect(await client.ended()).to.include({ code: 1008 });
    });
  }

  it('cannot have a sender with somebody else’s name: an error, and 1008', async () => {
    const alice = await server.full('Alice');
    using bob = await named('bob');
    for (const name of ['Alice', 'alice', 'ALICE', 'bob', 'Bob']) {
      using client = await named(name);
      expect(await client.nextText()).to.match(/^\(error\)/);
      expect(await client.ended()).to.include({ code: 1008 });
    }
    bob.sendText('still bob');
    await bob.expectText('[bob] still bob');
    expect(await alice.next()).to.include({ sender: 'bob' });
  });

  it('give the name back when their sender goes', async () => {
    for (let round = 0; round < 3; round += 1) {
      using client = await named('alice');
      client.sendText(`round ${round}`);
      await client.expectText(`[alice] round ${round}`);
      client.socket.close();
      await client.ended();
      await server.sessions(0);
    }
  });

  it('may have a name in the URL in every encoding, which a refusal keeps to', async () => {
    await server.full('alice');
    const path = '/ws?username=alice';
    using frames = await WebSocketClient.open(port, { path, protocols: ['tcpchat.v1.proto'] });
    expect((await frames.nextFrame()).content).to.match(/^\(error\)/);
    expect(await frames.ended()).to.include({ code: 1008 });
    using json = await WebSocketClient.open(port, { path, protocols: ['tcpchat.v1.json'] });
    expect((await json.nextJson())['content']).to.match(/^\(error\)/);
    expect(await json.ended()).to.include({ code: 1008 });

    const bobs = '/ws?x=1&username=bob&y';
    using bob = await WebSocketClient.open(port, { path: bobs, protocols: ['tcpchat.v1.json'] });
    using listener = await named('carol');
    bob.sendText('{"content":"hi","type":"BROADCAST"}');
    await bob.expectText('{"content":"(broadcast)hi","type":"BROADCAST"}');
    await listener.expectText('[bob] hi');
  });
});
