import { expect } from 'chai';
import { ErrorCode } from '../../src/protocol/messages.js';
import { bytes, field, frame, hex, longVarint, numberField, varint } from '../support/bytes.js';
import type { RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';
import {
  expectBareRefusal,
  expectRefusal,
  expectRefused,
  whileOthersChat,
} from '../support/refusals.js';

const limit = 65_536;
const closes = { closes: true };

const hi = field(1, 'hi');

/** An ECHO "hi" whose body has exactly so many bytes; the rest is an unknown field. */
function paddedEcho(bodyBytes: number): Uint8Array {
  const overhead = hi.length + field(100).length - 1; // the tag, and a length of 0
  const padding = bodyBytes - overhead;
  const body = bytes(hi, field(100, 'p'.repeat(padding - varint(padding).length)));
  expect(body.length).to.equal(bodyBytes);
  return frame(body);
}

const tooLarge: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['one over the limit', varint(limit + 1)],
  ['one over the limit, in 5 bytes', longVarint(limit + 1, 5)],
  ['2^21', varint(2 ** 21)],
  ['2^31 - 1', varint(2 ** 31 - 1)],
  ['2^31', varint(2 ** 31)],
  ['2^32 - 1', varint(2 ** 32 - 1)],
  ['2^32', varint(2 ** 32)],
  ['2^35 - 1', varint(2 ** 35 - 1)],
];

const badLength: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['2^35', varint(2 ** 35)],
  ['2^63', varint(2n ** 63n)],
  ['2^64 - 1', varint(2n ** 64n - 1n)],
  ['2, in 6 bytes', longVarint(2, 6)],
  ['0, in 10 bytes', longVarint(0, 10)],
  ['2, in 11 bytes', longVarint(2, 11)],
  ['2^77 - 1', varint(2n ** 77n - 1n)],
  ['that never ends', new Uint8Array(1000).fill(0xff)],
];

// "declared frame length" and FIN; chat.proto, Framing.
describe('a frame', () => {
  it(
    'may come one byte at a time',
    whileOthersChat(async ({ server, bystanders }) => {
      const client = await server.connect();
      const echo = bytes(longVarint(8, 3), field(1, 'hi'), field(3, 'id'));
      for (const byte of bytes(echo, echo)) {
        client.sendBytes(bytes(byte));
        await bystanders.roundTrip();
      }
      expect(await client.next()).to.include({ content: '(echo)hi' });
      expect(await client.next()).to.include({ content: '(echo)hi' });
    }),
  );

  for (const [name, prefix] of [
    ['in its shortest form', varint(limit)],
    ['in 5 bytes', longVarint(limit, 5)],
  ] as const) {
    it(
      `may be as long as the limit, its length ${name}`,
      whileOthersChat(async ({ server }) => {
        const body = paddedEcho(limit).subarray(varint(limit).length);
        const client = await server.bare();
        client.sendBytes(bytes(prefix, body));
        expect(await client.next()).to.include({ content: '(echo)hi' });
        await client.roundTrip();
      }),
    );
  }

  it(
    'may have a length prefix of 5 bytes',
    whileOthersChat(async ({ server }) => {
      const client = await server.connect();
      client.sendBytes(bytes(longVarint(4, 5), hex('0a 02 68 69')));
      expect(await client.next()).to.include({ content: '(echo)hi' });
      client.sendBytes(longVarint(0, 5));
      expect(await client.next()).to.include({ content: '(echo)' });
    }),
  );

  for (const [name, prefix] of tooLarge) {
    it(
      `is refused on its prefix when that announces ${name}`,
      whileOthersChat(async (scene) => {
        const send = (client: RawClient): void => client.sendBytes(prefix);
        await expectRefused(scene, send, ErrorCode.ERROR_CODE_FRAME_TOO_LARGE, closes);
      }),
    );
  }

  it(
    'one byte over the limit is refused, whole as it is',
    whileOthersChat(async (scene) => {
      const send = (client: RawClient): void => client.sendBytes(paddedEcho(limit + 1));
      await expectRefused(scene, send, ErrorCode.ERROR_CODE_FRAME_TOO_LARGE, closes);
    }),
  );

  for (const [name, prefix] of badLength) {
    it(
      `is refused when its length is ${name}`,
      whileOthersChat(async (scene) => {
        const send = (client: RawClient): void => client.sendBytes(prefix);
        await expectRefused(scene, send, ErrorCode.ERROR_CODE_BAD_LENGTH, closes);
      }),
    );
  }

  it(
    'is refused at the fifth byte of a length that goes on',
    whileOthersChat(async (scene) => {
      const { bystanders } = scene;
      const send = async (client: RawClient): Promise<void> => {
        for (let sent = 0; sent < 5; sent += 1) {
          await bystanders.roundTrip();
          expect(client.pending, `refusals after ${sent} bytes`).to.equal(0);
          client.sendBytes(bytes(0x80));
        }
      };
      await expectRefused(scene, send, ErrorCode.ERROR_CODE_BAD_LENGTH, closes);
    }),
  );

  it(
    'that is refused does not take back those before it, and ends those after it',
    whileOthersChat(async ({ server, bystanders }) => {
      const client = await server.connect();
      const before = frame(field(1, 'before'));
      const toAll = frame(field(1, 'to all'), numberField(2, 1));
      const after = frame(field(1, 'after'), numberField(2, 1));
      client.sendBytes(bytes(before, toAll, varint(limit + 1), after));
      const answers = (await client.untilClosed()).map(({ content }) => content);
      expect(answers[0]).to.equal('(echo)before');
      expect(answers.at(-1)).to.match(/^\(error\)/);
      expect(answers).not.to.include('(broadcast)after');
      await bystanders.hear('to all');
    }),
  );

  it(
    'that is refused is explained though the peer is still sending',
    whileOthersChat(async ({ server }) => {
      const client = await server.full('mallory');
      // More than the server reads at once: it must not answer this with a reset.
      client.sendBytes(bytes(varint(2 ** 31), new Uint8Array(1_000_000)));
      await expectRefusal(client, ErrorCode.ERROR_CODE_FRAME_TOO_LARGE);
      expect(await client.untilClosed()).to.deep.equal([]);
    }),
  );

  const cut: readonly (readonly [where: string, bytes: Uint8Array])[] = [
    ['in the prefix', bytes(0x84)],
    ['after the prefix', bytes(4)],
    ['in the body', hex('04 0a 02 68')],
    ['in a large body', bytes(varint(limit), new Uint8Array(limit - 1))],
  ];
  for (const [where, part] of cut) {
    it(
      `is refused when the sending side ends ${where}`,
      whileOthersChat(async (scene) => {
        const send = (client: RawClient): void => {
          client.sendBytes(part);
          client.end();
        };
        await expectRefused(scene, send, ErrorCode.ERROR_CODE_FRAME_TRUNCATED, closes);
      }),
    );
  }

  it(
    'cut by the end of the sending side does not take back those before it',
    whileOthersChat(async ({ server, bystanders }) => {
      const client = await server.connect();
      client.sendBytes(bytes(frame(field(1, 'to all'), numberField(2, 1)), hex('04 0a')));
      client.end();
      const answers = (await client.untilClosed()).map(({ content }) => content);
      expect(answers[0]).to.equal('(broadcast)to all');
      expect(answers[1]).to.match(/^\(error\)/);
      expect(answers).to.have.length(2);
      await bystanders.hear('to all');
    }),
  );

  it(
    'that was whole is answered when the sending side ends after it, then comes the end',
    whileOthersChat(async ({ server, bystanders }) => {
      for (const connect of [async () => server.connect(), async () => server.full('leaver')]) {
        const client = await connect();
        const mark = client.welcome === undefined ? ['(echo)', '(broadcast)'] : ['', ''];
        client.echo('only for me');
        client.broadcast('goodbye');
        client.end();
        const answers = (await client.untilClosed()).map(({ content }) => content);
        expect(answers).to.have.members([`${mark[0]}only for me`, `${mark[1]}goodbye`]);
        await bystanders.hear('goodbye');
      }
    }),
  );

  it(
    'is not needed: a peer may come, end its sending side and go',
    whileOthersChat(async ({ server }) => {
      const client = await server.connect();
      client.end();
      expect(await client.untilClosed()).to.deep.equal([]);
    }),
  );

  it(
    'in the middle of which the connection is reset harms nobody',
    whileOthersChat(async ({ server }) => {
      for (const connect of [async () => server.connect(), async () => server.full('mallory')]) {
        const client = await connect();
        client.sendBytes(hex('04 0a'));
        await server.sessions(3);
        client.socket.resetAndDestroy();
        await server.sessions(2);
      }
    }),
  );

  it(
    'is bad in another session too: a refusal names it by its own sentence',
    whileOthersChat(async ({ server }) => {
      const client = await server.connect();
      client.sendBytes(bytes(new Uint8Array(5).fill(0x80)));
      await expectBareRefusal(client, 'the length prefix of the frame is longer than 5 bytes');
    }),
  );
});

// README: "Bad input harms only its sender". Found by a review: it ended the process.
describe('a frame that ends its session', () => {
  for (const [what, settings] of [
    ['alone in its packet but for much after it', { rateLimit: 0 }],
    ['after what is held back', { rateLimit: 10 }],
  ] as const) {
    it(`harms nobody else, ${what}`, async () => {
      await using server = await TestServer.start(settings);
      const other = await server.bare();
      const undecodable = Uint8Array.of(1, 0xff);
      const held = settings.rateLimit === 0 ? [] : Array.from({ length: 45 }, () => frame(hi));
      for (let round = 0; round < 5; round += 1) {
        const client = await server.connect();
        client.sendBytes(bytes(...held, undecodable, new Uint8Array(70_000)));
        const answers = await client.untilClosed();
        expect(answers.at(-1)!.content).to.match(/^\(error\)the frame is not a ChatMessage/);
        expect(answers).to.have.length(held.length + 1);
        await other.roundTrip();
      }
    });
  }
});
