import { expect } from 'chai';
import type { Settings } from '../../src/index.js';
import { Crowd, messageBytes } from '../support/crowd.js';
import { Ledger } from '../support/ledger.js';
import { mebibyte } from '../support/memory.js';
import { RawClient } from '../support/raw-client.js';
import { ServerProcess } from '../support/server-process.js';

/** Of those who read at their own pace nothing is kept but this. */
const little = {
  rateLimit: 0,
  outboxBytesMax: 65_536,
  logBytesMax: mebibyte,
  storeBytesMax: mebibyte,
};

// "a slow reader".
describe('sessions that do not read', () => {
  it('are 10 of 1,000 and disturb nobody; what the room still has they get when they read', async () => {
    await using server = await ServerProcess.start({ rateLimit: 0, outboxBytesMax: 65_536 });
    using silent = await Silent.join(server.port, 10);
    using crowd = await Crowd.join(server.port, 990);
    const before = await server.memoryInUse();
    await crowd.publish(1500);
    const grown = (await server.memoryInUse()) - before;
    // 6 MB that the room keeps, as text and in both forms, and 64 KiB for each of the ten.
    expect(grown).to.be.lessThan(24 * mebibyte);

    for (const ledger of await silent.catchUp(crowd, 2)) expect(ledger.skipped).to.equal(0);
    await crowd.publish(10); // the other eight still do not read
  });

  it('do not make the server’s memory grow, and are told exactly what is missing', async () => {
    await using server = await ServerProcess.start(little);
    using silent = await Silent.join(server.port, 10);
    using crowd = await Crowd.join(server.port, 20);
    await crowd.publish(500);
    const before = await server.memoryInUse();
    await crowd.publish(16_000); // 64 MB, far more than the system's buffers hold
    const grown = (await server.memoryInUse()) - before;
    expect(grown).to.be.lessThan(8 * mebibyte);

    for (const ledger of await silent.catchUp(crowd, 10)) {
      expect(ledger.notices).to.be.greaterThan(0);
      expect(ledger.skipped).to.be.lessThan(16_500 - mebibyte / 2 / messageBytes);
    }
  });

  it('lag again and again, and each time are told what they missed', async () => {
    await using server = await ServerProcess.start(little);
    using silent = await Silent.join(server.port, 2);
    using crowd = await Crowd.join(server.port, 5);
    for (let round = 0; round < 3; round += 1) {
      await crowd.publish(4000);
      for (const { notices } of await silent.catchUp(crowd, 2)) {
        expect(notices).to.be.greaterThan(round);
      }
      silent.pause();
    }
  });

  it('share what may wait for all of them together', async () => {
    const memory = 2;
    await using server = await ServerProcess.start({
      ...little,
      outboxBytesMax: 64 * mebibyte,
      memory,
    });
    using silent = await Silent.join(server.port, 10);
    using crowd = await Crowd.join(server.port, 5);
    await crowd.publish(500);
    const before = await server.memoryInUse();
    await crowd.publish(8000);
    const grown = (await server.memoryInUse()) - before;
    expect(grown).to.be.lessThan((memory + 8) * mebibyte);
    await silent.catchUp(crowd, 10);
  });
});

describe('a session that asks for echoes and does not read them', () => {
  const floods: readonly (readonly [how: string, settings: Partial<Settings>])[] = [
    ['without a rate limit', { rateLimit: 0 }],
    ['with a small outbox', { rateLimit: 0, outboxBytesMax: 10_000 }],
  ];
  for (const [how, settings] of floods) {
    it(`is no longer read, ${how}; when it reads, it gets all of them`, async () => {
      await using server = await ServerProcess.start(settings);
      using other = await RawClient.full(server.port);
      using client = await RawClient.connect(server.port, { reading: false });
      await other.roundTrip();
      const before = await server.memoryInUse();
      const count = 16_000;
      for (let number = 0; number < count; number += 1) client.echo(echoOf(number));
      expect(await unsent(client, async () => other.roundTrip())).to.be.greaterThan(mebibyte);
      const grown = (await server.memoryInUse()) - before;
      expect(grown).to.be.lessThan(8 * mebibyte);

      client.resume();
      for (let number = 0; number < count; number += 1) {
        const { content } = await client.next();
        if (content !== `(echo)${echoOf(number)}`) expect.fail(`${number}: ${content}`);
      }
      await client.roundTrip();
      await other.roundTrip();
    });
  }

  it('is no longer read either when it is the rate limit that holds it back', async () => {
    await using server = await ServerProcess.start({ rateLimit: 1 });
    using client = await RawClient.connect(server.port);
    const before = await server.memoryInUse();
    for (let number = 0; number < 16_000; number += 1) client.echo(echoOf(number));
    await client.nextMany(4);
    // Others are held to the rate as well, so that each asks once.
    expect(await unsent(client, async () => askOnce(server.port))).to.be.greaterThan(mebibyte);
    const grown = (await server.memoryInUse()) - before;
    expect(grown).to.be.lessThan(4 * mebibyte);
  });
});

/** Full and bare sessions that do not read until they are asked to. */
class Silent implements Disposable {
  readonly #clients: RawClient[];
  readonly #ledgers: Ledger[];

  private constructor(clients: RawClient[]) {
    this.#clients = clients;
    this.#ledgers = clients.map(() => new Ledger());
  }

  static async join(port: number, count: number): Promise<Silent> {
    const clients: RawClient[] = [];
    while (clients.length < count) {
      const isFull = clients.length % 2 === 1;
      const client = await (isFull ? RawClient.full(port) : RawClient.connect(port));
      await client.roundTrip();
      client.pause();
      clients.push(client);
    }
    return new Silent(clients);
  }

  /**
   * The first `count` of them read all that was published. Then one more message reaches
   * them as it reaches everybody. Returns what they have got since they came.
   */
  async catchUp(crowd: Crowd, count: number): Promise<readonly Ledger[]> {
    const readers = this.#clients.slice(0, count);
    for (const reader of readers) reader.resume();
    await this.#readTo(crowd.published, readers);
    await crowd.publish(1);
    await this.#readTo(crowd.published, readers);
    for (const reader of readers) await reader.roundTrip();
    return this.#ledgers.slice(0, count);
  }

  pause(): void {
    for (const client of this.#clients) client.pause();
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client[Symbol.dispose]();
  }

  async #readTo(last: number, readers: readonly RawClient[]): Promise<void> {
    const read = async (reader: RawClient, index: number): Promise<void> => {
      const ledger = this.#ledgers[index]!;
      while (ledger.last < last) ledger.take(await reader.next());
    };
    await Promise.all(readers.map(read));
  }
}

function echoOf(number: number): string {
  return `${number} `.padEnd(messageBytes, '.');
}

/** Bytes that a client cannot get rid of: they stay as many while others get answers. */
async function unsent(client: RawClient, roundTrip: () => Promise<void>): Promise<number> {
  const { socket } = client;
  let bytes = socket.writableLength;
  for (let same = 0; same < 100; same += 1) {
    await roundTrip();
    if (socket.writableLength !== bytes) same = 0;
    bytes = socket.writableLength;
  }
  return bytes;
}

async function askOnce(port: number): Promise<void> {
  using client = await RawClient.connect(port);
  await client.roundTrip();
}
