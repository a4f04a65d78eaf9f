import { expect } from 'chai';
import { MessageType, type ChatMessage } from '../../src/protocol/messages.js';
import { framesOf, type RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';

/** 40 at once, then 10 per second; four too many are enough to be held back. */
const options = { rateLimit: 10 };
const burst = 40;
const tooMany = burst + 4;

/** 8 at once, then 2 per second: those who are held back stay so for two seconds. */
const patient = { rateLimit: 2 };
const patientBurst = 8;

// "messages per session"; chat.proto, Throttled.
describe('a session that sends faster than it may', () => {
  it('has its burst taken at once, and the rest later; nothing is lost or refused', async () => {
    await using server = await TestServer.start(patient);
    const other = await server.bare();
    const client = await server.connect();
    const sent = texts(patientBurst + 4);
    client.sendBytes(echoes(sent));
    const atOnce = await client.nextMany(patientBurst);
    await other.roundTrip();
    await other.roundTrip();
    expect(client.pending).to.be.lessThan(4);
    const rest = await client.nextMany(4);
    expect([...atOnce, ...rest].map(({ content }) => content)).to.deep.equal(
      sent.map((content) => `(echo)${content}`),
    );
    await client.roundTrip();
  });

  it('does not slow down another session', async () => {
    await using server = await TestServer.start(patient);
    const other = await server.connect();
    const client = await server.connect();
    client.sendBytes(echoes(texts(patientBurst + 4)));
    await client.nextMany(patientBurst);
    other.sendBytes(echoes(texts(patientBurst)));
    await other.nextMany(patientBurst);
    expect(client.pending).to.be.lessThan(4);
  });

  it('is held to it for broadcasts as for echoes, and they keep their order', async () => {
    await using server = await TestServer.start(options);
    const listener = await server.full('listener');
    const client = await server.connect();
    const sent = texts(tooMany);
    const type = MessageType.BROADCAST;
    client.sendBytes(framesOf(sent.map((content) => ({ content, type }))));
    const heard = await listener.nextMany(tooMany);
    expect(heard.map(({ content }) => content)).to.deep.equal(sent);
    expect(heard.map(({ seq }) => seq)).to.deep.equal(sent.map((_, index) => index + 1));
  });

  it('is told so once, when it is full', async () => {
    await using server = await TestServer.start(options);
    const client = await server.full('talker');
    const notices: ChatMessage[] = [];
    for (const sent of [texts(tooMany), texts(2)]) {
      client.sendBytes(echoes(sent));
      expect(await answers(client, sent.length, notices)).to.deep.equal(sent);
    }
    await client.roundTrip();
    expect(notices.map(({ control }) => control)).to.deep.equal([
      { $case: 'throttled', throttled: { messagesPerSecond: 10 } },
    ]);
  });

  it('still gets every answer when it ends its sending side', async () => {
    await using server = await TestServer.start(options);
    const client = await server.connect();
    client.sendBytes(echoes(texts(tooMany)));
    client.end();
    expect((await client.untilClosed()).map(({ content }) => content)).to.deep.equal(
      texts(tooMany).map((content) => `(echo)${content}`),
    );
  });

  it('may go away while it is held back', async () => {
    await using server = await TestServer.start(options);
    const other = await server.bare();
    for (let round = 0; round < 5; round += 1) {
      const client = await server.connect();
      client.sendBytes(echoes(texts(tooMany)));
      await client.nextMany(burst);
      client.socket.resetAndDestroy();
    }
    await server.sessions(1);
    await other.roundTrip();
  });

  it('does not exist where the limit is off', async () => {
    await using server = await TestServer.start({ rateLimit: 0 });
    const client = await server.full('talker');
    const sent = texts(5000);
    client.sendBytes(echoes(sent));
    const notices: ChatMessage[] = [];
    expect(await answers(client, sent.length, notices)).to.deep.equal(sent);
    expect(notices).to.deep.equal([]);
  });
});

function texts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `number ${index}`);
}

function echoes(contents: readonly string[]): Uint8Array {
  return framesOf(contents.map((content) => ({ content })));
}

/** The contents of so many echoes; control messages in between go to `notices`. */
async function answers(
  client: RawClient,
  count: number,
  notices: ChatMessage[],
): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) {
    const message = await client.next();
    if (message.control === undefined) found.push(message.content);
    else notices.push(message);
  }
  return found;
}
