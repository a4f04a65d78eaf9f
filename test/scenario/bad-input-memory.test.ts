import { expect } from 'chai';
import { bytes, field, frame, hex, varint } from '../support/bytes.js';
import { mebibyte, memoryInUse } from '../support/memory.js';
import { RawClient } from '../support/raw-client.js';
import { whileOthersChat } from '../support/refusals.js';
import { TestServer } from '../support/server.js';

const attacks: readonly (readonly [name: string, bytes: Uint8Array, end: boolean])[] = [
  ['announce too much', varint(2 ** 31), false],
  ['have a bad length', new Uint8Array(11).fill(0xff), false],
  ['are no protobuf', frame(hex('0a ff')), false],
  ['are no UTF-8', frame(field(1, hex('ff'))), false],
  ['speak HTTP', bytes('GET / HTTP/1.1\r\n\r\n'), false],
  ['end in the middle of a large frame', bytes(varint(65_536), new Uint8Array(2000)), true],
];

// Issue 2, "memory does not grow".
describe('the server’s memory', () => {
  for (const [name, beginning, end] of attacks) {
    it(
      `is as before after 1,000 connections that ${name}`,
      whileOthersChat(async ({ server }) => {
        const attack = async (): Promise<void> => attackOnce(server.port, beginning, end);
        await inParallel(200, attack); // what is made once is made now
        await server.sessions(2);
        const before = await memoryInUse();
        await inParallel(1000, attack);
        await server.sessions(2);
        // 1 KiB kept of each connection would be as much as this.
        expect((await memoryInUse()) - before).to.be.lessThan(mebibyte);
      }),
    );
  }

  it(
    'is not taken by what is announced: 1,000 connections announce 64 KiB each and send a byte',
    whileOthersChat(async ({ server, bystanders }) => {
      const clients = await Promise.all(Array.from({ length: 1000 }, async () => server.connect()));
      await server.sessions(1002);
      const before = await memoryInUse();
      for (const client of clients) client.sendBytes(bytes(varint(65_536), 0x0a));
      for (let count = 0; count < 10; count += 1) await bystanders.roundTrip();
      const after = await memoryInUse();
      for (const client of clients) expect(client.isClosed).to.equal(false);
      expect(after - before).to.be.lessThan(8 * mebibyte); // 62.5 MiB are announced
    }),
  );

  it('is as before after 1,000 sessions that chatted in good order', async () => {
    await using server = await TestServer.start({
      rateLimit: 0,
      logBytesMax: 10_000,
      storeBytesMax: 10_000,
    });
    const chat = async (): Promise<void> => {
      using client = await RawClient.full(server.port);
      client.broadcast('hello');
      await client.until(({ sender }) => sender === client.name, 'its own broadcast');
      client.end();
      await client.closed();
    };
    await inParallel(200, chat);
    await server.sessions(0);
    const before = await memoryInUse();
    await inParallel(1000, chat);
    await server.sessions(0);
    expect((await memoryInUse()) - before).to.be.lessThan(mebibyte);
  });
});

async function attackOnce(port: number, beginning: Uint8Array, end: boolean): Promise<void> {
  using client = await RawClient.connect(port, { text: true });
  client.sendBytes(beginning);
  if (end) client.end();
  expect(await client.textUntilClosed()).not.to.equal('');
}

/** Does it so many times, a few at a time. */
async function inParallel(times: number, action: () => Promise<void>): Promise<void> {
  let left = times;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await action();
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
}
