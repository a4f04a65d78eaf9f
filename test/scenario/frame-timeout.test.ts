import { expect } from 'chai';
import { ErrorCode } from '../../src/protocol/messages.js';
import { bytes, field, frame, hex, varint } from '../support/bytes.js';
import { afterFrameTimeout } from '../support/clock.js';
import type { RawClient } from '../support/raw-client.js';
import { expectRefusal, expectRefused, whileOthersChat, type Scene } from '../support/refusals.js';

const options = { frameTimeoutMs: 200 };

// "a started frame not finished".
describe('a frame that was begun and is not finished in time', () => {
  const begun: readonly (readonly [where: string, bytes: Uint8Array])[] = [
    ['in its prefix', bytes(0x84)],
    ['after its prefix', bytes(4)],
    ['in its body', hex('04 0a 02 68')],
    ['in a large body', bytes(varint(65_536), new Uint8Array(60_000))],
    ['after whole ones', bytes(frame(), frame(), hex('04 0a 02 68'))],
  ];
  for (const [where, part] of begun) {
    it(
      `is refused: it stops ${where}`,
      whileOthersChat(async (scene) => {
        const send = async (client: RawClient): Promise<void> => {
          client.sendBytes(part);
          if (where === 'after whole ones') await client.nextMany(2);
        };
        await expectRefused(scene, send, ErrorCode.ERROR_CODE_FRAME_TIMEOUT, { closes: true });
      }, options),
    );
  }

  it(
    'is refused though its peer sends a byte now and then',
    whileOthersChat(
      async ({ server, bystanders }) => {
        const client = await server.full('mallory');
        client.sendBytes(varint(65_536));
        // A byte for each round trip; all of them would take many times the limit.
        for (let sent = 0; sent < 65_000 && client.pending === 0; sent += 1) {
          client.sendBytes(bytes(0));
          await bystanders.roundTrip();
        }
        await expectRefusal(client, ErrorCode.ERROR_CODE_FRAME_TIMEOUT);
        await client.closed();
      },
      { ...options, rateLimit: 0 },
    ),
  );

  it(
    'is another thing than silence, which may last',
    whileOthersChat(async (scene) => {
      const { server } = scene;
      const mute = await server.connect();
      const silent = [await server.bare(), await server.full('silent')];
      // A frame that came late, but in time, leaves nothing behind.
      silent[0]!.sendBytes(hex('04 0a'));
      await scene.bystanders.roundTrip();
      silent[0]!.sendBytes(hex('02 68 69'));
      expect(await silent[0]!.next()).to.include({ content: '(echo)hi' });

      await oneTimeLimit(scene);
      await oneTimeLimit(scene);
      for (const client of [mute, ...silent]) await client.roundTrip();
    }, options),
  );

  it(
    'is not one that the server itself leaves unread because of the rate limit',
    whileOthersChat(
      async ({ server }) => {
        const client = await server.full('talker');
        // 20 at once, 4 more at 5 per second; they take several reads.
        const contents = Array.from({ length: 24 }, (_, index) => `${index} ${'x'.repeat(4000)}`);
        client.sendBytes(bytes(...contents.map((content) => frame(field(1, content)))));
        const answers: string[] = [];
        while (answers.length < contents.length) {
          const { content, control } = await client.next();
          if (control?.$case !== 'throttled') answers.push(content);
        }
        expect(answers).to.deep.equal(contents);
      },
      { frameTimeoutMs: 100, rateLimit: 5 },
    ),
  );

  it(
    'is not one that the server leaves unread because its peer does not read the answers',
    whileOthersChat(
      async ({ server }) => {
        const client = await server.bare();
        client.pause();
        // 20 MB, more than is on its way at a time, so reading stops in the middle of a frame.
        const contents = Array.from({ length: 5000 }, (_, index) => `${index}`.padEnd(4000, '.'));
        for (const content of contents) client.echo(content);
        await afterFrameTimeout(500);
        client.resume();
        for (const content of contents) {
          if ((await client.next()).content !== `(echo)${content}`) expect.fail(content);
        }
        await client.roundTrip();
      },
      { frameTimeoutMs: 100, rateLimit: 0 },
    ),
  );
});

/** Settles when the time for a frame is over once more. */
async function oneTimeLimit({ server }: Scene): Promise<void> {
  const clock = await server.full();
  clock.sendBytes(bytes(4));
  await expectRefusal(clock, ErrorCode.ERROR_CODE_FRAME_TIMEOUT);
  await clock.closed();
}
