import { expect } from 'chai';
import { GoodbyeReason, MessageType } from '../../../src/protocol/messages.js';
import { afterFrameTimeout } from '../../support/clock.js';
import { Crowd } from '../../support/crowd.js';
import { Ledger } from '../../support/ledger.js';
import type { RawClient } from '../../support/raw-client.js';
import { expectEnd, scene, sceneOfOthers, texts, type Transport } from './transport.js';

/** How connections end, by the peer or by the server while it goes on. */
export function endsContract(transport: Transport): void {
  const { dialect } = transport;
  const type = MessageType.BROADCAST;

  const ways: readonly (readonly [how: string, end: (client: RawClient) => void])[] = [
    ['politely', (client) => client.end()],
    ['without a word', (client) => void client.socket.end()],
  ];
  for (const [how, end] of ways) {
    describe(`a session that ends its side ${how}`, () => {
      it(
        'gets what it is owed, and then the end; all that it has sent is stored',
        scene(transport, async ({ server, full }) => {
          const [client, listener] = [await full('leaver'), await server.full()];
          const sent = texts(50);
          client.send(...sent.map((content) => ({ content, type, id: content })));
          end(client);
          const heard = await listener.nextMany(sent.length);
          expect(heard.map(({ content }) => content)).to.deep.equal(sent);
          const own = await client.untilClosed();
          expect(own.filter(({ control }) => control === undefined)).to.deep.equal(heard);
          expect(
            own.flatMap(({ control }) => (control?.$case === 'ack' ? [control.ack.seq] : [])),
          ).to.deep.equal(heard.map(({ seq }) => seq));
          await expectEnd(transport, client, 1000, '');
          await server.sessions(1);
        }),
      );

      it(
        'gets what waits for it, late as it reads',
        scene(
          transport,
          async ({ server, bare }) => {
            using crowd = await Crowd.join(server.port, 1);
            const client = await bare();
            client.pause();
            await crowd.publish(2000);
            end(client);
            await afterFrameTimeout(500);
            client.resume();
            const ledger = new Ledger();
            for (const message of await client.untilClosed()) ledger.take(message);
            expect(ledger.last).to.equal(2000);
            expect(ledger.skipped).to.equal(0);
            await expectEnd(transport, client, 1000, '');
            await server.sessions(1);
          },
          { outboxBytesMax: 65_536 },
        ),
      );
    });
  }

  if (dialect.farewell.length > 0) {
    describe('a farewell that comes in pieces', () => {
      it(
        'is understood',
        scene(transport, async ({ server, bare }) => {
          const pacemaker = await server.full();
          for (let length = 1; length < dialect.farewell.length; length += 1) {
            const client = await bare();
            client.sendBytes(dialect.farewell.subarray(0, length));
            await pacemaker.roundTrip();
            client.sendBytes(dialect.farewell.subarray(length));
            await expectEnd(transport, client, 1000, '');
          }
        }),
      );
    });
  }

  const leaves: readonly (readonly [how: string, leave: (client: RawClient) => void])[] = [
    ['ends its side', (client) => void client.socket.end()],
    ['closes', (client) => client[Symbol.dispose]()],
    ['is cut off', (client) => void client.socket.resetAndDestroy()],
  ];
  for (const [how, leave] of leaves) {
    describe(`a session that ${how} in the middle of a message`, () => {
      it(
        'costs nobody anything, and what it has sent before is stored',
        sceneOfOthers(transport, async ({ server, full, connect, bystanders }) => {
          const whole = dialect.encode([{ content: 'whole', type }]);
          const part = dialect.encode([{ content: 'part', type }]);
          for (let length = 1; length < part.length; length += 1) {
            const client = await (length % 2 === 0 ? full() : connect());
            client.sendBytes(Buffer.concat([whole, part.subarray(0, length)]));
            await bystanders.hear('whole');
            leave(client);
            await client.closed();
            await server.sessions(2);
          }
        }),
      );
    });
  }

  describe('a session that is cut off', () => {
    it(
      'while much waits for it costs nobody anything',
      scene(
        transport,
        async ({ server, full, bare }) => {
          using crowd = await Crowd.join(server.port, 1);
          const clients = [await full(), await bare()];
          for (const client of clients) client.pause();
          await crowd.publish(4000);
          for (const client of clients) client.socket.resetAndDestroy();
          await server.sessions(1);
          await crowd.publish(10);
        },
        { outboxBytesMax: 65_536 },
      ),
    );
  });

  describe('a session whose device connects again', () => {
    it(
      'is told goodbye and closed',
      scene(transport, async ({ server, full }) => {
        const before = await full('alice');
        const again = await server.again(before.welcome!.token, '', { dialect });
        expect(again.name).to.equal('alice');
        const sentence = 'the same device has connected again';
        expect((await before.nextControl('goodbye')).goodbye).to.deep.equal({
          reason: GoodbyeReason.GOODBYE_REASON_REPLACED,
          message: sentence,
          reconnect: false,
          reconnectAfterMs: 0,
        });
        await expectEnd(transport, before, 1008, sentence);
        await server.sessions(1);
        await again.roundTrip();
      }),
    );
  });

  describe('a full session that is silent', () => {
    it(
      'gets a ping each time, stays while it answers, and is closed when it does not',
      scene(
        transport,
        async ({ server, full, bare }) => {
          const [client, other] = [await full('', { pings: true }), await bare()];
          for (let count = 0; count < 3; count += 1) {
            const { ping } = await client.nextControl('ping');
            client.control({ $case: 'pong', pong: ping });
          }
          await client.roundTrip();
          await client.nextControl('ping');
          const sentence = 'the client sent nothing for too long';
          expect((await client.nextControl('goodbye')).goodbye).to.include({
            reason: GoodbyeReason.GOODBYE_REASON_SILENT,
            message: sentence,
            reconnect: true,
          });
          await expectEnd(transport, client, 1008, sentence);
          await server.sessions(1);
          await other.roundTrip();
        },
        { silenceTimeoutMs: 300, pongTimeoutMs: 200 },
      ),
    );
  });
}
