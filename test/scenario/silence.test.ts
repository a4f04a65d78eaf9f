import { expect } from 'chai';
import { GoodbyeReason } from '../../src/protocol/messages.js';
import { joinOf, leave, publish } from '../support/rooms.js';
import type { RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';

const options = { silenceTimeoutMs: 300, pongTimeoutMs: 200, rateLimit: 0 };

// chat.proto, "Silent connections", Limits.silence_timeout_ms and pong_timeout_ms.
describe('a full session that is silent', () => {
  it('is told both times in the welcome', async () => {
    await using server = await TestServer.start(options);
    expect((await server.full('', { pings: true })).welcome!.limits).to.include({
      silenceTimeoutMs: 300,
      pongTimeoutMs: 200,
    });
  });

  it('gets a ping, and a goodbye when nothing comes back', async () => {
    await using server = await TestServer.start(options);
    const client = await server.full('', { pings: true });
    const sinceMs = performance.now();
    const ping = await client.next();
    expect(ping.control?.$case).to.equal('ping');
    expect(ping).to.include({ content: '', id: '', seq: 0 });
    expect(performance.now() - sinceMs).to.be.greaterThan(options.silenceTimeoutMs - 50);
    await expectSilent(client);
    const both = options.silenceTimeoutMs + options.pongTimeoutMs;
    expect(performance.now() - sinceMs).to.be.greaterThan(both - 50);
    await server.sessions(0);
  });

  it('gets a ping each time, and stays as long as it answers', async () => {
    await using server = await TestServer.start(options);
    const client = await server.full('alice', { pings: true });
    for (let count = 0; count < 4; count += 1) await answerPing(client);
    await client.roundTrip();
    client.broadcast('still here');
    expect(await client.next()).to.include({ sender: 'alice' });
    // From the last word on.
    await client.nextControl('ping');
    await expectSilent(client);
  });

  const signs: readonly (readonly [what: string, give: (client: RawClient) => Promise<void>])[] = [
    ['an echo', async (client) => client.roundTrip()],
    [
      'a broadcast',
      async (client) => {
        client.broadcast('hi');
        expect(await client.next()).to.include({ content: 'hi' });
      },
    ],
    [
      'a ping',
      async (client) => {
        client.control({ $case: 'ping', ping: { nonce: 7 } });
        expect((await client.nextControl('pong')).pong.nonce).to.equal(7);
      },
    ],
    [
      'a join',
      async (client) => {
        client.control(joinOf('dev'));
        await client.nextControl('joined');
      },
    ],
    [
      'something that is refused',
      async (client) => {
        client.broadcast('');
        await client.nextControl('error');
      },
    ],
    [
      'a pong with another nonce',
      async (client) => client.control({ $case: 'pong', pong: { nonce: 4_000_000_000 } }),
    ],
  ];
  for (const [what, give] of signs) {
    it(`may answer with ${what}`, async () => {
      await using server = await TestServer.start(options);
      const client = await server.full('', { pings: true });
      for (let count = 0; count < 3; count += 1) {
        await client.nextControl('ping');
        await give(client);
      }
      await client.nextControl('ping');
      await expectSilent(client);
    });
  }

  it('gets a ping though much is said to it, as only its own words count', async () => {
    await using server = await TestServer.start(options);
    const speaker = await server.full('', { pings: true });
    const listener = await server.full('', { pings: true });
    let isOver = false;
    const speaking = (async () => {
      while (!isOver) await publish(speaker, 'lobby', ['hi']);
    })();
    const heard = await listener.until(({ control }) => control !== undefined, 'a ping');
    isOver = true;
    await speaking;
    expect(heard.at(-1)!.control?.$case).to.equal('ping');
    await speaker.roundTrip();
  });

  it('has more time for its answer when much was sent to it before', async () => {
    await using server = await TestServer.start(options);
    const [speaker, slow] = [
      await server.full('', { pings: true }),
      await server.full('', { pings: true }),
    ];
    const content = 'x'.repeat(4000);
    await publish(
      speaker,
      'lobby',
      Array.from({ length: 100 }, () => content),
    ); // 40 s
    await slow.nextMany(100);
    // Two that heard nothing come and go in that time.
    for (let count = 0; count < 2; count += 1) {
      const other = await server.full('', { pings: true });
      await leave(other, 'lobby');
      await other.nextControl('ping');
      await expectSilent(other);
    }
    await slow.nextControl('ping');
    expect(slow.isClosed).to.equal(false);
    await slow.roundTrip();
  });

  it('is closed alone; others are not disturbed', async () => {
    await using server = await TestServer.start(options);
    const silent = await server.full('', { pings: true });
    const lively = await server.full();
    let isOver = false;
    const chatting = (async () => {
      while (!isOver) await lively.roundTrip();
    })();
    await silent.nextControl('ping');
    await expectSilent(silent);
    isOver = true;
    await chatting;
    await server.sessions(1);
    await lively.roundTrip();
  });

  it('has left its name and its rooms when it is closed', async () => {
    await using server = await TestServer.start({ ...options, nameHoldHours: 0 });
    const silent = await server.full('alice', { pings: true });
    await silent.nextControl('ping');
    await expectSilent(silent);
    await server.sessions(0);
    const alice = await server.full('alice', { pings: true });
    expect(alice.name).to.equal('alice');
    alice.control({ $case: 'members', members: { room: 'lobby' } });
    expect((await alice.nextControl('memberList')).memberList.count).to.equal(1);
  });
});

describe('a bare session that is silent', () => {
  it('stays, and is not asked', async () => {
    await using server = await TestServer.start(options);
    const quiet = await server.connect();
    const bare = await server.bare();
    for (let count = 0; count < 2; count += 1) {
      const full = await server.full('', { pings: true });
      await full.nextControl('ping');
      await expectSilent(full);
    }
    await bare.roundTrip();
    await quiet.roundTrip();
    await server.sessions(2);
  });

  it('that asks for pongs in vain stays a bare one', async () => {
    await using server = await TestServer.start(options);
    const bare = await server.bare();
    bare.control({ $case: 'pong', pong: { nonce: 1 } });
    expect((await bare.next()).content).to.match(/^\(error\)/);
    const full = await server.full('', { pings: true });
    await full.nextControl('ping');
    await expectSilent(full);
    await bare.roundTrip();
  });

  it('whose hello was refused is no full one either', async () => {
    await using server = await TestServer.start(options);
    const client = await server.connect({ pings: true });
    client.hello('a b');
    await client.nextControl('error');
    const full = await server.full('', { pings: true });
    await full.nextControl('ping');
    await expectSilent(full);
    client.hello('alice');
    await client.nextControl('welcome');
    await client.nextControl('ping');
  });
});

async function answerPing(client: RawClient): Promise<void> {
  const { ping } = await client.nextControl('ping');
  client.control({ $case: 'pong', pong: { nonce: ping.nonce } });
}

/** The next thing is the goodbye of one that gave no sign of life, and the end. */
async function expectSilent(client: RawClient): Promise<void> {
  const { goodbye } = await client.nextControl('goodbye');
  expect(goodbye).to.include({ reason: GoodbyeReason.GOODBYE_REASON_SILENT, reconnect: true });
  expect(goodbye.message).not.to.equal('');
  expect(await client.untilClosed()).to.deep.equal([]);
}
