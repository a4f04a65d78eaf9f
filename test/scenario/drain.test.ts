import { connect } from 'node:net';
import { expect } from 'chai';
import { createServer } from '../../src/index.js';
import { chatMessage } from '../../src/protocol/codec.js';
import { GoodbyeReason, MessageType, type ChatMessage } from '../../src/protocol/messages.js';
import { bytes, field, frame, hex } from '../support/bytes.js';
import { afterFrameTimeout, isBeforeFrameTimeout } from '../support/clock.js';
import { Crowd } from '../support/crowd.js';
import { Ledger } from '../support/ledger.js';
import { framesOf, RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';
import { Talker } from '../support/talker.js';

const sentence = 'the server is shutting down';

// "`close()` drains, is idempotent, works with `await using`".
describe('a server that is closed', () => {
  it('says goodbye to full sessions and an error to bare ones, and closes them', async () => {
    await using server = await TestServer.start();
    const [full, bare, mute] = [await server.full(), await server.bare(), await server.connect()];
    await server.sessions(3);
    await server.chat.close();
    expect(server.chat.sessionCount).to.equal(0);
    expect(await full.untilClosed()).to.deep.equal([goodbye()]);
    for (const client of [bare, mute]) {
      expect(await client.untilClosed()).to.deep.equal([
        chatMessage({ content: `(error)${sentence}` }),
      ]);
    }
  });

  it('is done when the last connection is gone, also of those that are no sessions', async () => {
    await using server = await TestServer.start();
    const begun = await Promise.all(
      [server.port, server.chat.httpPort!].map(async (port) => await Talker.connect(port)),
    );
    begun[0]!.say('GE');
    await server.bare();
    await server.chat.close();
    for (const talker of begun) {
      talker.say('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
      expect(await talker.hears('the end')).to.equal('');
    }
  });

  it('has delivered before what it had accepted', async () => {
    await using server = await TestServer.start();
    const reader = await server.full('reader');
    const writer = await server.bare();
    const contents = Array.from({ length: 300 }, (_, index) => `message ${index}`);
    const type = MessageType.BROADCAST;
    // All of it fits in one read: when the echo is back, the server has it all.
    writer.sendBytes(framesOf([...contents.map((content) => ({ content, type })), {}]));
    const [firstToWriter] = await writer.nextMany(1);
    await server.chat.close();
    const toWriter = [firstToWriter!, ...(await writer.untilClosed())].map(
      ({ content }) => content,
    );
    expect(toWriter).to.include('(echo)');
    expect(toWriter.filter((content) => content !== '(echo)')).to.deep.equal([
      ...contents.map((content) => `(broadcast)${content}`),
      `(error)${sentence}`,
    ]);
    const toReader = await reader.untilClosed();
    expect(toReader.pop()).to.deep.equal(goodbye());
    expect(toReader.map(({ content }) => content)).to.deep.equal(contents);
    expect(toReader.map(({ seq }) => seq)).to.deep.equal(contents.map((_, index) => index + 1));
  });

  it('can be closed twice, at once and afterwards', async () => {
    await using server = await TestServer.start();
    const client = await server.full();
    await Promise.all([server.chat.close(), server.chat.close()]);
    await server.chat.close();
    expect(await client.untilClosed()).to.deep.equal([goodbye()]);
  });

  it('is closed at the end of its block by `await using`, and lets go of its port', async () => {
    let port: number;
    {
      await using server = await createServer({ port: 0, http: false, store: 'memory' });
      port = server.port;
      using client = await RawClient.connect(port);
      await client.roundTrip();
    }
    await using next = await createServer({ port, http: false, store: 'memory' });
    expect(next.port).to.equal(port);
    using client = await RawClient.connect(port);
    await client.roundTrip();
  });

  it('settles at once when nobody is there', async () => {
    await using server = await TestServer.start({ drainTimeoutMs: 6000 });
    expect(await isBeforeFrameTimeout(server.chat.close(), 2000)).to.equal(true);
  });

  it('turns new connections away while it drains', async () => {
    await using server = await TestServer.start();
    const held = await server.full('held', { allowHalfOpen: true });
    held.pause();
    const closing = server.chat.close();
    for (let attempt = 0; attempt < 3; attempt += 1) await expectTurnedAway(server.port);
    expect(server.chat.sessionCount).to.equal(1);
    held.resume();
    held.end();
    await closing;
    await expectTurnedAway(server.port);
  });

  it('closes in time though a peer neither reads nor closes', async () => {
    await using server = await TestServer.start({ drainTimeoutMs: 300, rateLimit: 0 });
    using crowd = await Crowd.join(server.port, 1);
    const owed = await server.full('owed', { allowHalfOpen: true });
    const idle = await server.bare({ allowHalfOpen: true });
    const begun = await server.bare({ allowHalfOpen: true });
    for (const client of [owed, idle, begun]) client.pause();
    begun.sendBytes(hex('04 0a'));
    await crowd.publish(3000);
    crowd[Symbol.dispose]();
    await server.chat.close();
    expect(server.chat.sessionCount).to.equal(0);
  });

  it('accepts nothing more, and sends nothing after its goodbye', async () => {
    await using server = await TestServer.start();
    const reader = await server.full('reader', { allowHalfOpen: true });
    const writer = await server.full('writer', { allowHalfOpen: true });
    const closing = server.chat.close();
    writer.broadcast('too late');
    writer.echo('too late');
    writer.sendBytes(bytes(frame(field(1, hex('ff'))), new Uint8Array(11).fill(0xff)));
    for (const client of [reader, writer]) expect(await client.next()).to.deep.equal(goodbye());
    for (const client of [reader, writer]) client.end();
    await closing;
    for (const client of [reader, writer]) expect(await client.untilClosed()).to.deep.equal([]);
  });

  // close(): "hands out what was accepted"; section 1: "or is told exactly what is missing".
  for (const outboxBytesMax of [65_536, 64 * 1024 * 1024]) {
    it(`owes a slow reader all that was accepted, with ${outboxBytesMax} bytes to wait`, async () => {
      await using server = await TestServer.start({
        drainTimeoutMs: 5000,
        rateLimit: 0,
        outboxBytesMax,
      });
      using crowd = await Crowd.join(server.port, 1);
      const slow = await server.full('slow');
      slow.pause();
      await crowd.publish(2000);
      crowd[Symbol.dispose]();
      const closing = server.chat.close();
      slow.resume();
      expectAll(await slow.untilClosed(), 2000);
      await closing;
    });
  }

  it('waits for a slow reader as long as it may', async () => {
    await using server = await TestServer.start({
      drainTimeoutMs: 6000,
      rateLimit: 0,
      outboxBytesMax: 64 * 1024 * 1024,
    });
    using crowd = await Crowd.join(server.port, 1);
    const slow = await server.full('slow');
    slow.pause();
    await crowd.publish(2000);
    crowd[Symbol.dispose]();
    const closing = server.chat.close();
    await afterFrameTimeout(2500);
    slow.resume();
    expectAll(await slow.untilClosed(), 2000);
    await closing;
  });
});

function goodbye(): ChatMessage {
  return chatMessage({
    control: {
      $case: 'goodbye',
      goodbye: {
        reason: GoodbyeReason.GOODBYE_REASON_SHUTTING_DOWN,
        message: sentence,
        reconnect: true,
        reconnectAfterMs: 0,
      },
    },
  });
}

/** Everything came in order or was told missing, and then the goodbye. */
function expectAll(messages: ChatMessage[], last: number): void {
  expect(messages.pop()).to.deep.equal(goodbye());
  const ledger = new Ledger();
  for (const message of messages) ledger.take(message);
  expect(ledger.last).to.equal(last);
}

/** A connection is not taken, or is closed without an answer to what it says. */
async function expectTurnedAway(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {}); // one way of being turned away
  socket.write(hex('04 0a 02 68 69'));
  const answers: Uint8Array[] = [];
  socket.on('data', (chunk: Uint8Array) => answers.push(chunk));
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  expect(Buffer.concat(answers).toString()).not.to.include('(echo)');
}
