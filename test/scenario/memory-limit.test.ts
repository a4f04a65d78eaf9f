import { expect } from 'chai';
import { gauge } from '../support/metrics.js';
import type { RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';

const mebibyte = 1024 * 1024;

/** The beginning of a frame of 64 KiB: 60,000 bytes that the server has to keep. */
const halfFrame = Buffer.concat([Buffer.from([0x80, 0x80, 0x04]), Buffer.alloc(60_000, 0x0a)]);

// chat.proto, ERROR_CODE_OVERLOADED; README, --memory.
describe('a server whose memory for peers is used up', () => {
  let server: TestServer;
  let witness: RawClient;
  let greedy: RawClient[];

  beforeEach(async () => {
    server = await TestServer.start({ memory: 1 });
    witness = await server.bare();
    greedy = await Promise.all(Array.from({ length: 20 }, async () => server.connect()));
    await server.sessions(1 + greedy.length);
    for (const client of greedy) client.sendBytes(halfFrame);
    while ((await gauge(server, 'tcp_chat_peer_memory_bytes')) < mebibyte);
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('turns new connections away with a sentence, and nobody else', async () => {
    const late = await server.connect();
    expect((await late.untilClosed()).map(({ content }) => content)).to.deep.equal([
      '(error)the server has no memory left for another connection',
    ]);
    for (let count = 0; count < 3; count += 1) await witness.roundTrip();
    expect(server.chat.sessionCount).to.equal(1 + greedy.length);
  });

  it('takes them again when those who held it are gone', async () => {
    for (const client of greedy) client.socket.resetAndDestroy();
    await server.sessions(1);
    expect(await gauge(server, 'tcp_chat_peer_memory_bytes')).to.equal(0);
    await (await server.bare()).roundTrip();
    await witness.roundTrip();
  });
});
