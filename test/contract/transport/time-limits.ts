import { expect } from 'chai';
import { ErrorCode } from '../../../src/protocol/messages.js';
import { afterFrameTimeout } from '../../support/clock.js';
import type { RawClient } from '../../support/raw-client.js';
import { expectEnd, scene, sceneOfOthers, type Transport } from './transport.js';

/** What must come in time. */
export function timeLimitsContract(transport: Transport): void {
  const { dialect, mustSpeak } = transport;

  describe('a message that was begun and is not finished in time', () => {
    it(
      'ends the session, wherever it stops',
      sceneOfOthers(
        transport,
        async ({ server, full, connect }) => {
          const message = dialect.encode([{ content: 'hello' }]);
          const stopAt = async (client: RawClient, length: number): Promise<void> => {
            client.sendBytes(message.subarray(0, length));
            const { content, control } = await client.next();
            const sentence = 'the frame was not complete in time';
            if (control?.$case === 'error') {
              expect(control.error.code).to.equal(ErrorCode.ERROR_CODE_FRAME_TIMEOUT);
              expect(control.error.message).to.equal(sentence);
            } else expect(content).to.equal(`(error)${sentence}`);
            await expectEnd(transport, client, 1008, sentence);
          };
          const cuts: Promise<void>[] = [];
          for (let length = 1; length < message.length; length += 1) {
            cuts.push(stopAt(await (length % 2 === 0 ? full() : connect()), length));
          }
          await Promise.all(cuts);
          await server.sessions(2);
        },
        { frameTimeoutMs: 200 },
      ),
    );
  });

  for (const { what, bytes } of transport.asides) {
    describe(what, () => {
      it(
        'is nothing that must be finished when it has come whole, in whatever pieces',
        scene(
          transport,
          async ({ server, bare }) => {
            const pacemaker = await server.full();
            const clients: RawClient[] = [];
            for (let length = 0; length < bytes.length; length += 1) {
              const client = await bare();
              client.sendBytes(bytes.subarray(0, length));
              await pacemaker.roundTrip();
              client.sendBytes(bytes.subarray(length));
              clients.push(client);
            }
            await afterFrameTimeout(600);
            for (const client of clients) await client.roundTrip();
          },
          { frameTimeoutMs: 200 },
        ),
      );

      it(
        'that was begun must be finished in time',
        scene(
          transport,
          async ({ bare }) => {
            const client = await bare();
            client.sendBytes(bytes.subarray(0, 1));
            expect((await client.next()).content).to.match(/^\(error\)/);
            const sentence = 'the frame was not complete in time';
            await expectEnd(transport, client, 1008, sentence);
          },
          { frameTimeoutMs: 200 },
        ),
      );

      it(
        'leaves a message that is begun after it to be finished in time',
        scene(
          transport,
          async ({ server, bare }) => {
            const [client, pacemaker] = [await bare(), await server.full()];
            client.sendBytes(bytes.subarray(0, 1));
            await pacemaker.roundTrip();
            client.sendBytes(bytes.subarray(1));
            await pacemaker.roundTrip();
            client.sendBytes(dialect.encode([{ content: 'hi' }]).subarray(0, 3));
            const sentence = 'the frame was not complete in time';
            expect((await client.next()).content).to.equal(`(error)${sentence}`);
            await expectEnd(transport, client, 1008, sentence);
          },
          { frameTimeoutMs: 200 },
        ),
      );
    });
  }

  describe('a connection that says nothing', () => {
    const options = { firstFrameTimeoutMs: 200 };
    const ifItMustSpeak = mustSpeak ? it : () => {};
    const otherwise = mustSpeak ? () => {} : it;

    ifItMustSpeak(
      'is closed with a word after a while; one that has spoken may be silent',
      scene(
        transport,
        async ({ server, connect, full, bare }) => {
          const others = [await full(), await bare()];
          const mute = await connect();
          const sentence = 'nothing was sent in time after connecting';
          expect(await mute.next()).to.include({ content: `(error)${sentence}`, type: 0 });
          await expectEnd(transport, mute, 1008, sentence);
          await server.sessions(2);
          for (const other of others) await other.roundTrip();
        },
        options,
      ),
    );

    otherwise(
      'may stay as long as it likes',
      scene(
        transport,
        async ({ connect }) => {
          const mute = await connect();
          await afterFrameTimeout(3 * options.firstFrameTimeoutMs);
          await mute.roundTrip();
        },
        options,
      ),
    );
  });
}
