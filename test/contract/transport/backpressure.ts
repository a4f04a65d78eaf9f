import { expect } from 'chai';
import { GoodbyeReason, type ChatMessage } from '../../../src/protocol/messages.js';
import { afterFrameTimeout } from '../../support/clock.js';
import { Crowd, messageBytes } from '../../support/crowd.js';
import { gauge, untilGauge } from '../../support/metrics.js';
import { Ledger } from '../../support/ledger.js';
import type { RawClient } from '../../support/raw-client.js';
import { expectEnd, scene, type Transport } from './transport.js';

/** More messages than the system's buffers hold, with 16 MB. */
const plenty = 4000;

const outboxBytesMax = 65_536;

/** What waits for one session: the limit, and the batch with which it was passed. */
const waitingBytesMax = outboxBytesMax + 512 * 1024;

/** Who does not read, and who sends more than it reads, harms neither others nor the server. */
export function backpressureContract(transport: Transport): void {
  describe('a session that does not read', () => {
    it(
      'slows nobody down, has little waiting for it, and gets all when it reads',
      scene(
        transport,
        async ({ server, full, bare }) => {
          const silent = [await full(), await bare()];
          for (const client of silent) client.pause();
          using crowd = await Crowd.join(server.port, 2);
          await crowd.publish(plenty);
          expect(await gauge(server, 'tcp_chat_laggards')).to.equal(2);
          const waiting = await gauge(server, 'tcp_chat_peer_memory_bytes');
          expect(waiting).to.be.within(1, 2 * waitingBytesMax);

          for (const client of silent) client.resume();
          const ledgers = await Promise.all(silent.map(async (one) => readTo(one, plenty)));
          for (const { skipped } of ledgers) expect(skipped).to.equal(0);
          await crowd.publish(10);
          for (const [index, client] of silent.entries()) {
            await readTo(client, plenty + 10, ledgers[index]);
            await client.roundTrip();
          }
        },
        { outboxBytesMax },
      ),
    );

    // Long enough to publish plenty before the end of who does not read.
    const stallTimeoutMs = 1000;
    it(
      'is told goodbye and closed when it has taken nothing for too long; others are not',
      scene(
        transport,
        async ({ server, full, bare }) => {
          const idle = await full('idle');
          const stalled = [await full('stalled'), await bare()];
          for (const client of stalled) client.pause();
          using crowd = await Crowd.join(server.port, 2);
          await crowd.publish(plenty);
          await readTo(idle, plenty);
          await untilGauge(server, 'tcp_chat_laggards', 0);
          for (const client of stalled) client.resume();
          const sentence = 'the client read nothing for too long';
          const [toFull, toBare] = [await lastTo(stalled[0]!), await lastTo(stalled[1]!)];
          expect(toBare).to.include({ content: `(error)${sentence}` });
          const { control } = toFull;
          expect(control?.$case === 'goodbye' && control.goodbye).to.include({
            reason: GoodbyeReason.GOODBYE_REASON_STALLED,
            message: sentence,
            reconnect: true,
          });
          for (const client of stalled) await expectEnd(transport, client, 1008, sentence);
          await server.sessions(3);
          await idle.roundTrip();
        },
        { outboxBytesMax, stallTimeoutMs },
      ),
    );

    it(
      'is closed when it has taken nothing for too long, though it never reads again',
      scene(
        transport,
        async ({ server, full }) => {
          const stalled = await full('stalled', { allowHalfOpen: true });
          stalled.pause();
          using crowd = await Crowd.join(server.port, 2);
          await crowd.publish(plenty);
          await server.sessions(2);
        },
        { outboxBytesMax, stallTimeoutMs },
      ),
    );
  });

  describe('a session that asks for more than it reads', () => {
    it(
      'is read no further; when it reads, it gets all of its answers',
      scene(
        transport,
        async ({ server, full }) => {
          const [client, other] = [await full(), await server.full()];
          askForPlenty(client);
          // A frame that the server itself leaves unread is none that came too slowly.
          await afterFrameTimeout(900);
          const { socket } = client;
          let unsent: number;
          do {
            unsent = socket.writableLength;
            for (let count = 0; count < 100; count += 1) await other.roundTrip();
          } while (socket.writableLength < unsent);
          expect(unsent).to.be.greaterThan(messageBytes);
          expect(await gauge(server, 'tcp_chat_peer_memory_bytes')).to.be.within(
            1,
            waitingBytesMax,
          );

          client.resume();
          await expectEchoes(client);
          await client.roundTrip();
        },
        { outboxBytesMax, frameTimeoutMs: 300 },
      ),
    );

    it(
      'gets all of its answers, and then the end, when it has ended its side',
      scene(
        transport,
        async ({ server, full }) => {
          const [client, other] = [await full(), await server.full()];
          askForPlenty(client);
          client.end();
          for (let count = 0; count < 100; count += 1) await other.roundTrip();
          client.resume();
          await expectEchoes(client);
          await expectEnd(transport, client, 1000, '');
        },
        { outboxBytesMax },
      ),
    );
  });
}

function textOf(number: number): string {
  return `${number} `.padEnd(messageBytes, '.');
}

/** Sends echoes, and reads none of them. */
function askForPlenty(client: RawClient): void {
  client.pause();
  for (let number = 0; number < plenty; number += 1) client.echo(textOf(number));
}

async function expectEchoes(client: RawClient): Promise<void> {
  for (let number = 0; number < plenty; number += 1) {
    const { content } = await client.next();
    if (content !== textOf(number)) expect.fail(`${number}: ${content.slice(0, 60)}`);
  }
}

/** Reads numbered messages, none missing, up to this one. */
async function readTo(client: RawClient, last: number, ledger = new Ledger()): Promise<Ledger> {
  while (ledger.last < last) ledger.take(await client.next());
  return ledger;
}

/** Reads numbered messages, none missing, up to the last thing, which is none. */
async function lastTo(client: RawClient): Promise<ChatMessage> {
  const ledger = new Ledger();
  const isLast = ({ content, control }: ChatMessage): boolean =>
    content.startsWith('(error)') || control?.$case === 'goodbye';
  const messages = await client.until(isLast, 'the last message');
  for (const message of messages.slice(0, -1)) ledger.take(message);
  expect(ledger.last).to.be.greaterThan(0);
  return messages.at(-1)!;
}
