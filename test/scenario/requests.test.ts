import { expect } from 'chai';
import { chatMessage } from '../../src/protocol/codec.js';
import {
  ErrorCode,
  MessageType,
  type ChatMessage,
  type Control,
  Role,
} from '../../src/protocol/messages.js';
import { bytes, field, frame, numberField } from '../support/bytes.js';
import type { RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';
import { helloOf } from '../support/hello.js';

const ping: Control = { $case: 'ping', ping: { nonce: 1 } };
const hello: Control = { $case: 'hello', hello: helloOf({ name: 'alice' }) };

const requests: readonly Control[] = [
  { $case: 'join', join: { room: 'general', start: undefined, presence: false } },
  { $case: 'leave', leave: { room: 'lobby' } },
  { $case: 'fetch', fetch: { room: 'lobby', edge: undefined, limit: 10 } },
  { $case: 'members', members: { room: 'lobby' } },
  { $case: 'rename', rename: { name: 'bob' } },
];

const limits = undefined;
const sentAt = undefined;
const notRequests: readonly Control[] = [
  {
    $case: 'welcome',
    welcome: {
      sessionId: 's',
      name: 'n',
      token: '',
      capabilities: [],
      limits,
      version: 1,
      server: '',
      role: Role.ROLE_UNSPECIFIED,
      loginId: '',
    },
  },
  { $case: 'ack', ack: { id: 'i', room: 'lobby', seq: 1, sentAt, duplicate: false } },
  {
    $case: 'error',
    error: { code: 1, message: 'm', id: '', retryable: false, retryAfterMs: 0, suggestion: '' },
  },
  { $case: 'joined', joined: { room: 'lobby', epoch: 'e', firstSeq: 1, headSeq: 1, topic: '' } },
  { $case: 'page', page: { room: 'lobby', messages: [], end: true, epoch: 'e', tailSeq: 1 } },
  { $case: 'gap', gap: { room: 'lobby', fromSeq: 1, toSeq: 2, reason: 1 } },
  {
    $case: 'presence',
    presence: { room: 'lobby', joined: [], left: [], count: 1, snapshot: false, renamed: [] },
  },
  {
    $case: 'goodbye',
    goodbye: { reason: 1, message: 'm', reconnect: true, reconnectAfterMs: 1 },
  },
  { $case: 'memberList', memberList: { room: 'lobby', members: [], count: 1 } },
  { $case: 'left', left: { room: 'lobby' } },
  { $case: 'throttled', throttled: { messagesPerSecond: 1 } },
  { $case: 'renamed', renamed: { name: 'bob', token: '' } },
];

const mixed: readonly (readonly [name: string, frame: Uint8Array])[] = [
  ['a ping with content', frame(field(1, 'hi'), field(21))],
  ['a ping with type 1', frame(numberField(2, 1), field(21))],
  ['a ping after which content comes', frame(field(21), field(1, 'hi'))],
  ['a ping and a pong', frame(field(21), field(39))],
  ['a ping and a join', frame(field(21), field(17, field(1, 'lobby')))],
  ['a ping and a request that is not known', frame(field(21), field(30))],
  ['content and a request that is not known', frame(field(1, 'hi'), field(30))],
  ['a ping and a hello', frame(field(21), field(16, numberField(1, 1)))],
];

// chat.proto, 4.4 (at most one control message in a frame), 4.6 (requests are answered in their
// order), ErrorCode.
describe('a control message', () => {
  for (const control of [ping, ...requests]) {
    it(`${control.$case} needs a hello first, and the session stays bare`, async () => {
      await using server = await TestServer.start();
      const client = await server.connect();
      client.control(control);
      const answer = await client.next();
      expect(answer).to.deep.equal(chatMessage({ content: answer.content }));
      expect(answer.content).to.match(/^\(error\)this frame needs a successful hello first/);
      client.echo('marked');
      expect(await client.next()).to.include({ content: '(echo)marked' });
    });
  }

  for (const control of notRequests) {
    it(`${control.$case} is no request`, async () => {
      await expectRefused(ErrorCode.ERROR_CODE_NOT_A_REQUEST, (client) => {
        client.control(control, { id: 'r1' });
      });
    });
  }

  for (const [name, bad] of mixed) {
    it(`is refused in a mixed frame: ${name}`, async () => {
      await expectRefused(ErrorCode.ERROR_CODE_MIXED_FRAME, (client) => {
        client.sendBytes(withId(bad, 'r1'));
      });
    });
  }

  it('is refused in a mixed frame in place of a hello, and nobody hears the content', async () => {
    await using server = await TestServer.start();
    const listener = await server.full('listener');
    for (const mix of [{ content: 'hi' }, { type: MessageType.BROADCAST, content: 'hi' }]) {
      const client = await server.connect();
      client.send({ control: hello, ...mix });
      expect(await refusalIn(client)).to.match(/either a message or one control message/);
    }
    await listener.roundTrip();
  });

  it('pong needs no answer', async () => {
    await using server = await TestServer.start();
    const client = await server.full('alice');
    client.control({ $case: 'pong', pong: { nonce: 7 } });
    await client.roundTrip();
  });

  for (const number of [29, 30, 31]) {
    it(`that the server does not know is refused, with its id: field ${number}`, async () => {
      await expectRefused(ErrorCode.ERROR_CODE_NOT_SUPPORTED, (client) => {
        client.sendBytes(frame(field(number, 'from the future'), field(3, 'r1')));
      });
    });
  }

  it('that the server does not know is refused before a hello, too, and the session stays', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    client.sendBytes(frame(field(30, 'from the future'), field(3, 'r1')));
    expect(await client.next()).to.deep.equal(
      chatMessage({ content: '(error)this server does not support this request' }),
    );
    client.echo('marked');
    expect(await client.next()).to.include({ content: '(echo)marked' });
  });

  for (const number of [60, 63]) {
    it(`that only servers may send one day is no request: field ${number}`, async () => {
      await expectRefused(ErrorCode.ERROR_CODE_NOT_A_REQUEST, (client) => {
        client.sendBytes(frame(field(number, 'reflected'), field(3, 'r1')));
      });
    });
  }

  it('with an unknown number and no message in it is dropped like any unknown field', async () => {
    await using server = await TestServer.start();
    const client = await server.full('alice');
    client.sendBytes(frame(numberField(30, 7), field(99, 'x'), field(3, 'm')));
    const echo = await client.next();
    expect(echo).to.include({ content: '', type: MessageType.ECHO, id: 'm', control: undefined });
  });

  it('is answered in its place among the others of its chunk', async () => {
    await using server = await TestServer.start();
    const client = await server.full('alice');
    client.send(
      { content: 'a' },
      { control: ping },
      { content: 'b' },
      { control: requests[0] },
      { content: 'c' },
    );
    const [a, pong, b, joined, c] = await client.nextMany(5);
    expect(a).to.include({ content: 'a', control: undefined });
    expect(pong!.control).to.deep.equal({ $case: 'pong', pong: { nonce: 1 } });
    expect(b).to.include({ content: 'b', control: undefined });
    expect(joined!.control?.$case).to.equal('joined');
    expect(c).to.include({ content: 'c', control: undefined });
  });
});

/** The refusal that a peer gets which may be bare or full. */
async function refusalIn(client: RawClient): Promise<string> {
  const message: ChatMessage = await client.next();
  return message.control?.$case === 'error' ? message.control.error.message : message.content;
}

async function expectRefused(code: ErrorCode, send: (client: RawClient) => void): Promise<void> {
  await using server = await TestServer.start();
  const listener = await server.full('listener');
  const client = await server.full('alice');
  send(client);
  const { error } = await client.nextControl('error');
  expect(error).to.include({ code, id: 'r1', retryable: false });
  expect(error.message).not.to.equal('');
  await client.roundTrip();
  await listener.roundTrip();
}

/** The frame with an id after its other fields. */
function withId(frameBytes: Uint8Array, id: string): Uint8Array {
  return frame(bytes(frameBytes.subarray(1), field(3, id)));
}
