import { expect } from 'chai';
import { setInterval } from 'node:timers/promises';
import { chatMessage } from '../../src/protocol/codec.js';
import { GoodbyeReason, type ChatMessage } from '../../src/protocol/messages.js';
import { afterFrameTimeout } from '../support/clock.js';
import { Crowd } from '../support/crowd.js';
import { Ledger } from '../support/ledger.js';
import type { RawClient } from '../support/raw-client.js';
import { gauge, untilGauge } from '../support/metrics.js';
import { leaveOf } from '../support/rooms.js';
import { TestServer } from '../support/server.js';

const mebibyte = 1024 * 1024;
// Long enough to publish plenty before the end of who does not read.
const stallTimeoutMs = 1000;
const options = {
  rateLimit: 0,
  stallTimeoutMs,
  outboxBytesMax: 65_536,
  logBytesMax: mebibyte,
  storeBytesMax: mebibyte,
};

/** More messages than the system's buffers hold. */
const plenty = 4000;

// "never cut for being slow, only for making no progress at all".
describe('a session that takes nothing of what waits for it', () => {
  it('is closed after a while, and nobody else is', async () => {
    await using server = await TestServer.start(options);
    const idle = [await server.bare(), await server.full('idle')];
    for (const client of idle) client.pause();
    using crowd = await Crowd.join(server.port, 3);
    const stalled = [await server.bare(), await server.full('stalled')];
    for (const client of stalled) client.pause();
    for (const client of idle) client.resume();
    await crowd.publish(plenty);
    await server.sessions(5);
    for (const client of idle) {
      await readTo(client, plenty);
      await client.roundTrip();
    }
    await crowd.publish(1);
  });

  it('is told goodbye after what was sent to it before, if it reads at last', async () => {
    await using server = await TestServer.start(options);
    using crowd = await Crowd.join(server.port, 3);
    const full = await server.full('stalled');
    const bare = await server.bare();
    for (const client of [full, bare]) client.pause();
    await crowd.publish(plenty);
    await untilGauge(server, 'tcp_chat_laggards', 0);
    for (const client of [full, bare]) client.resume();

    const sentence = 'the client read nothing for too long';
    const goodbye = await readToTheEnd(full);
    expect(goodbye.control).to.deep.equal({
      $case: 'goodbye',
      goodbye: {
        reason: GoodbyeReason.GOODBYE_REASON_STALLED,
        message: sentence,
        reconnect: true,
        reconnectAfterMs: 0,
      },
    });
    expect(await readToTheEnd(bare)).to.deep.equal(chatMessage({ content: `(error)${sentence}` }));
  });

  it('is closed, too, though it goes on sending', async () => {
    await using server = await TestServer.start(options);
    using crowd = await Crowd.join(server.port, 3);
    const sender = await server.full('sender');
    sender.pause();
    await crowd.publish(plenty);
    // It sends something now and then that nobody gets and nothing answers.
    do {
      sender.control({ $case: 'pong', pong: { nonce: 1 } });
    } while ((await gauge(server, 'tcp_chat_laggards')) > 0);
    sender.resume();
    const last = await readToTheEnd(sender);
    expect(last.control?.$case).to.equal('goodbye');
  });
});

describe('a session that reads slowly', () => {
  it('is not closed while it takes something now and then, and is told what it missed', async () => {
    const patientMs = 2000;
    await using server = await TestServer.start({ ...options, stallTimeoutMs: patientMs });
    using crowd = await Crowd.join(server.port, 3);
    const slow = await server.full('slow');
    const stalled = await server.bare();
    for (const client of [slow, stalled]) client.pause();
    const ledger = new Ledger();
    // Longer than one that reads nothing may stay, with the two seconds that its end takes.
    let isOver = false;
    void afterFrameTimeout(3.5 * patientMs).then(() => (isOver = true));
    while (!isOver) {
      await crowd.publish(64);
      // A quarter of it; a system tells its programs only of large steps.
      slow.resume();
      for (let count = 0; count < 16; count += 1) ledger.take(await slow.next());
      slow.pause();
    }
    await server.sessions(4);
    slow.resume();
    while (ledger.last < crowd.published) ledger.take(await slow.next());
    await slow.roundTrip();
    expect(ledger.notices).to.be.greaterThan(0);
  });

  it('is not closed either when the system tells of nothing, so little does it take', async function () {
    // Elsewhere a server cannot see it.
    if (process.platform !== 'linux') this.skip();
    const shortMs = 1000;
    await using server = await TestServer.start({ ...options, stallTimeoutMs: shortMs });
    using crowd = await Crowd.join(server.port, 3);
    const slow = await server.full('slow');
    const stalled = await server.bare();
    for (const client of [slow, stalled]) client.pause();
    await crowd.publish(plenty);
    let isOver = false;
    void afterFrameTimeout(4.5 * shortMs).then(() => (isOver = true));
    const ledger = new Ledger();
    // 320 KB per second: for the first 1.4 MB, a third of what the system holds, it takes four.
    for await (const _ of setInterval(shortMs / 5)) {
      if (isOver) break;
      slow.resume();
      for (let count = 0; count < 16; count += 1) ledger.take(await slow.next());
      slow.pause();
    }
    await server.sessions(4);
    slow.resume();
    while (ledger.last < plenty) ledger.take(await slow.next());
    await slow.roundTrip();
  });
});

// After a FIN: "what it is owed is still delivered, then close".
describe('a session that has ended its sending side', () => {
  for (const outboxBytesMax of [65_536, 64 * mebibyte]) {
    it(`gets what waits for it, late as it reads, with ${outboxBytesMax} bytes to wait`, async () => {
      await using server = await TestServer.start({ rateLimit: 0, outboxBytesMax });
      using crowd = await Crowd.join(server.port, 1);
      const leaver = await server.bare();
      leaver.pause();
      await crowd.publish(2000);
      leaver.end();
      await afterFrameTimeout(2500);
      leaver.resume();
      const ledger = new Ledger();
      for (const message of await leaver.untilClosed()) ledger.take(message);
      expect(ledger.last).to.equal(2000);
      expect(ledger.skipped).to.equal(0);
    });
  }
});

describe('a session that has ended its sending side and reads slower than others talk', () => {
  it('gets what there was, and is closed though they go on', async () => {
    await using server = await TestServer.start({ rateLimit: 0, outboxBytesMax: 65_536 });
    using crowd = await Crowd.join(server.port, 1);
    const pacemaker = await server.full('pacemaker');
    pacemaker.control(leaveOf('lobby'));
    await pacemaker.nextControl('left');
    const leaver = await server.bare();
    leaver.pause();
    await crowd.publish(2000);
    leaver.end();
    const ledger = new Ledger();
    // What the system hands over at once, 16 messages or so; meanwhile four times that is said.
    leaver.socket.on('data', () => leaver.pause());
    while (!leaver.isClosed) {
      await crowd.publish(64);
      expect(crowd.published).to.be.lessThan(20_000);
      leaver.resume();
      await pacemaker.roundTrip();
      while (leaver.pending > 0) ledger.take(await leaver.next());
    }
    for (const message of await leaver.untilClosed()) ledger.take(message);
    expect(ledger.last).to.be.within(2000, crowd.published - 1);
    await server.sessions(2);
  });
});

/** Reads numbered messages, none missing, up to this one. */
async function readTo(client: RawClient, last: number): Promise<void> {
  const ledger = new Ledger();
  while (ledger.last < last) ledger.take(await client.next());
}

/** Reads whole messages in order up to the last one, which is no numbered one. */
async function readToTheEnd(client: RawClient): Promise<ChatMessage> {
  const messages = await client.untilClosed();
  const last = messages.pop()!;
  const ledger = new Ledger();
  for (const message of messages) ledger.take(message);
  expect(ledger.last).to.be.greaterThan(0);
  return last;
}
