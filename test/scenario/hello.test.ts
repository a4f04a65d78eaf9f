import { expect } from 'chai';
import { chatMessage } from '../../src/protocol/codec.js';
import { ErrorCode, type Control, type ErrorReply } from '../../src/protocol/messages.js';
import { bytes, field, frame, numberField } from '../support/bytes.js';
import type { RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';
import { helloOf } from '../support/hello.js';

// chat.proto, "Full sessions", Hello, Welcome, Ping and Pong.
describe('hello', () => {
  it('is answered by a welcome, which is all that the server says unasked', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    client.hello('alice');
    const { welcome } = await client.nextControl('welcome');
    expect(welcome).to.include({ name: 'alice', version: 1 });
    expect(welcome.token).not.to.equal('');
    expect(welcome.capabilities).to.deep.equal([]);
    expect(welcome.sessionId).not.to.equal('');
    expect(welcome.server).to.match(/^tcp-chat-server/);
    await expectFull(client);
  });

  it('is told every limit, with its default', async () => {
    await using server = await TestServer.start();
    expect((await server.full()).welcome!.limits).to.deep.equal({
      frameBytesMax: 65_536,
      contentBytesMax: 4096,
      idBytesMax: 64,
      roomBytesMax: 64,
      nameCharsMax: 32,
      roomsMax: 100,
      pageMessagesMax: 500,
      outboxBytesMax: 1_048_576,
      frameTimeoutMs: 10_000,
      firstFrameTimeoutMs: 30_000,
      stallTimeoutMs: 60_000,
      messagesPerSecond: 200,
      messageBurst: 800,
      silenceTimeoutMs: 25_000,
      pongTimeoutMs: 8000,
      membersListedMax: 1000,
      deviceBytesMax: 32,
      nameHoldMs: 604_800_000,
      editsMax: 100,
    });
  });

  it('is told the limits that this server was given', async () => {
    const given = {
      frameBytesMax: 5000,
      contentBytesMax: 1000,
      frameTimeoutMs: 2000,
      outboxBytesMax: 70_000,
      stallTimeoutMs: 3000,
    };
    await using server = await TestServer.start({ ...given, rateLimit: 7 });
    expect((await server.full()).welcome!.limits).to.include({
      ...given,
      messagesPerSecond: 7,
      messageBurst: 28,
    });
    await using unlimited = await TestServer.start({ rateLimit: 0 });
    expect((await unlimited.full()).welcome!.limits).to.include({
      messagesPerSecond: 0,
      messageBurst: 0,
    });
  });

  it('gives each session its own id, and a guest a name', async () => {
    await using server = await TestServer.start();
    const sessions = [await server.full(), await server.full(), await server.full('alice')];
    expect(new Set(sessions.map(({ welcome }) => welcome!.sessionId)).size).to.equal(3);
    expect(sessions[0]!.name).to.match(/^guest-\d+$/);
    expect(sessions[1]!.name).to.match(/^guest-\d+$/);
    expect(sessions[0]!.name).not.to.equal(sessions[1]!.name);
  });

  it('ignores capabilities that it does not know', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    const hello = helloOf({ capabilities: ['x', 'telepathy'], client: 'c'.repeat(64) });
    client.control({ $case: 'hello', hello });
    expect((await client.nextControl('welcome')).welcome.capabilities).to.deep.equal([]);
  });

  it('is told which of its capabilities the server has', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    const capabilities = ['telepathy', 'rename', 'devices', 'rename'];
    client.control({ $case: 'hello', hello: helloOf({ capabilities }) });
    expect((await client.nextControl('welcome')).welcome.capabilities).to.deep.equal([
      'rename',
      'devices',
    ]);
  });

  it('gets its id back on the welcome, as a ping does on the pong', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    const hello = helloOf({ name: 'alice' });
    client.control({ $case: 'hello', hello }, { id: 'h1' });
    const welcome = await client.next();
    expect(welcome.control?.$case).to.equal('welcome');
    expect(welcome.id).to.equal('h1');
    for (const nonce of [0, 1, 2 ** 32 - 1]) {
      client.control({ $case: 'ping', ping: { nonce } }, { id: `p${nonce}` });
      const pong: Control = { $case: 'pong', pong: { nonce } };
      expect(await client.next()).to.deep.equal(chatMessage({ id: `p${nonce}`, control: pong }));
    }
  });

  it('may come byte by byte', async () => {
    await using server = await TestServer.start();
    const other = await server.bare();
    const client = await server.connect();
    for (const byte of frame(field(16, numberField(1, 1), field(2, 'alice')))) {
      client.sendBytes(bytes(byte));
      await other.roundTrip();
    }
    expect((await client.nextControl('welcome')).welcome.name).to.equal('alice');
  });

  it('is too late after another frame, and the session stays bare', async () => {
    await using server = await TestServer.start();
    const client = await server.bare();
    client.hello('alice');
    const refusal = await client.next();
    expect(refusal).to.deep.equal(chatMessage({ content: refusal.content }));
    expect(refusal.content).to.match(/^\(error\)hello must be the first frame/);
    await expectBare(client);
  });

  it('is too late a second time, and the session keeps its name', async () => {
    await using server = await TestServer.start();
    const client = await server.full('alice');
    client.hello('bob');
    expect((await client.nextControl('error')).error).to.include({
      code: ErrorCode.ERROR_CODE_HELLO_TOO_LATE,
      retryable: false,
    });
    client.broadcast('still me');
    expect(await client.next()).to.include({ sender: 'alice', content: 'still me' });
    (await server.full('bob'))[Symbol.dispose]();
  });

  for (const version of [0, 2, 2 ** 32 - 1]) {
    it(`with version ${version} is refused`, async () => {
      await using server = await TestServer.start();
      const client = await server.connect();
      client.hello('alice', version);
      expect(await refusal(client)).to.include({
        code: ErrorCode.ERROR_CODE_BAD_VERSION,
        retryable: false,
      });
      expect(client.isClosed).to.equal(false);
    });
  }

  const hello: Control = {
    $case: 'hello',
    hello: helloOf({ name: 'alice' }),
  };
  for (const [what, message, code] of [
    ['with content', { control: hello, content: 'x' }, ErrorCode.ERROR_CODE_MIXED_FRAME],
    ['with a type', { control: hello, type: 1 }, ErrorCode.ERROR_CODE_MIXED_FRAME],
    [
      'with too long an id',
      { control: hello, id: 'i'.repeat(65) },
      ErrorCode.ERROR_CODE_ID_TOO_LONG,
    ],
  ] as const) {
    it(`${what} is refused as one who says hello understands it, and a proper one may follow`, async () => {
      await using server = await TestServer.start();
      const client = await server.connect();
      client.send(message);
      expect(await refusal(client)).to.include({ code, id: '' });
      client.hello('alice');
      expect((await client.nextControl('welcome')).welcome.name).to.equal('alice');
      await expectFull(client);
    });
  }
});

/** The refusal of a `hello`: a client that says hello understands control messages. */
async function refusal(client: RawClient): Promise<ErrorReply> {
  const { error } = await client.nextControl('error');
  expect(error.message).not.to.equal('');
  return error;
}

async function expectFull(client: RawClient): Promise<void> {
  client.echo('as it is');
  expect(await client.next()).to.include({ content: 'as it is' });
}

async function expectBare(client: RawClient): Promise<void> {
  client.echo('marked');
  expect(await client.next()).to.include({ content: '(echo)marked' });
}
