import { expect } from 'chai';
import { chatMessage, encodeFrame } from '../../src/protocol/codec.js';
import { ErrorCode, MessageType } from '../../src/protocol/messages.js';
import { bytes, field, frame, numberField } from '../support/bytes.js';
import type { RawClient } from '../support/raw-client.js';
import { expectRefusal, expectRefused, whileOthersChat } from '../support/refusals.js';

const { BROADCAST } = MessageType;
const over = 'x'.repeat(4097);

const broadcastTo = (room: string): Uint8Array =>
  encodeFrame(chatMessage({ content: 'hi', type: BROADCAST, room }));

const refused: readonly (readonly [name: string, code: ErrorCode, frame: Uint8Array])[] = [
  ...[2, 3, 127, 128, 255, 2 ** 31 - 1].map((type) =>
    unknownType(`of type ${type}`, numberField(2, type)),
  ),
  unknownType('of type -1', numberField(2, 2n ** 64n - 1n)),
  unknownType('of type -1 in 5 bytes', numberField(2, 2n ** 32n - 1n)),
  unknownType('of type 2 without content', numberField(2, 2), ''),
  [
    'that broadcasts nothing',
    ErrorCode.ERROR_CODE_EMPTY_CONTENT,
    encodeFrame(chatMessage({ type: BROADCAST })),
  ],
  [
    'that broadcasts an empty content',
    ErrorCode.ERROR_CODE_EMPTY_CONTENT,
    frame(field(1), numberField(2, 1)),
  ],
  tooLong('that echoes 4,097 bytes', { content: over }),
  tooLong('that broadcasts 4,097 bytes', { content: over, type: BROADCAST }),
  tooLong('of 2,049 characters that are 4,098 bytes', { content: 'é'.repeat(2049) }),
  tooLong('of 60,000 bytes', { content: 'x'.repeat(60_000), type: BROADCAST }),
  ['with an id of 65 bytes', ErrorCode.ERROR_CODE_ID_TOO_LONG, withId('x'.repeat(65))],
  [
    'with an id of 33 characters that are 66 bytes',
    ErrorCode.ERROR_CODE_ID_TOO_LONG,
    withId('é'.repeat(33)),
  ],
  [
    'that echoes with an id of 65 bytes',
    ErrorCode.ERROR_CODE_ID_TOO_LONG,
    encodeFrame(chatMessage({ content: 'hi', id: 'x'.repeat(65) })),
  ],
  ...['Lobby', 'LOBBY', '.a', '-a', '_a', 'a b', ' lobby', 'lobby\n', 'a/b', '../x', 'é', '\0'].map(
    badRoom,
  ),
  badRoom('x'.repeat(65)),
  badRoom('x'.repeat(10_000)),
  ...['general', '0', 'a.b_c-d', 'x'.repeat(64)].map(
    (room): readonly [string, ErrorCode, Uint8Array] => [
      `to the room ${shown(room)}, which it has not joined`,
      ErrorCode.ERROR_CODE_NOT_IN_ROOM,
      broadcastTo(room),
    ],
  ),
];

// "error, connection stays"; chat.proto, ErrorCode 16 to 21.
describe('a message', () => {
  for (const [name, code, bad] of refused) {
    it(
      `${name} is refused, and the connection stays`,
      whileOthersChat(async (scene) => {
        const send = (client: RawClient): void => client.sendBytes(bad);
        await expectRefused(scene, send, code, { closes: false });
      }),
    );
  }

  it(
    'that is refused is named by its id',
    whileOthersChat(async ({ server }) => {
      const client = await server.full('alice');
      client.sendBytes(frame(field(1, 'hi'), numberField(2, 9), field(3, 'm1')));
      client.send(
        { type: BROADCAST, id: 'm2' },
        { content: over, id: 'm3' },
        { content: 'hi', type: BROADCAST, room: 'No', id: 'm4' },
      );
      for (const [id, code] of [
        ['m1', ErrorCode.ERROR_CODE_UNKNOWN_TYPE],
        ['m2', ErrorCode.ERROR_CODE_EMPTY_CONTENT],
        ['m3', ErrorCode.ERROR_CODE_CONTENT_TOO_LONG],
        ['m4', ErrorCode.ERROR_CODE_BAD_ROOM_NAME],
      ] as const) {
        const error = await expectRefusal(client, code);
        expect(error.id).to.equal(id);
      }
    }),
  );

  it(
    'whose id has 64 bytes is taken',
    whileOthersChat(async ({ server, bystanders }) => {
      const client = await server.full('alice');
      for (const id of ['x'.repeat(64), 'é'.repeat(32)]) {
        client.echo('hi', { id });
        expect(await client.next()).to.include({ content: 'hi', id });
        client.broadcast('hi', { id });
        expect(await client.next()).to.include({ content: 'hi', id });
        expect((await client.nextControl('ack')).ack).to.include({ id });
        await bystanders.hear('hi', 'alice');
      }
    }),
  );

  it(
    'whose content is at a limit of this server is taken, one byte more is refused',
    whileOthersChat(
      async (scene) => {
        const client = await scene.server.bare();
        client.echo('x'.repeat(20));
        expect(await client.next()).to.include({ content: `(echo)${'x'.repeat(20)}` });
        const send = (peer: RawClient): void => peer.echo('x'.repeat(21));
        const code = ErrorCode.ERROR_CODE_CONTENT_TOO_LONG;
        await expectRefused(scene, send, code, { closes: false });
      },
      { contentBytesMax: 20 },
    ),
  );

  it(
    'that is refused a thousand times leaves the connection as it was',
    whileOthersChat(
      async ({ server }) => {
        const client = await server.full('alice');
        const bad = broadcastTo('No');
        client.sendBytes(bytes(...Array.from({ length: 1000 }, () => bad)));
        for (let count = 0; count < 1000; count += 1) {
          await expectRefusal(client, ErrorCode.ERROR_CODE_BAD_ROOM_NAME);
        }
        await client.roundTrip();
      },
      { rateLimit: 0 },
    ),
  );
});

type Row = readonly [name: string, code: ErrorCode, frame: Uint8Array];

function unknownType(name: string, type: Uint8Array, content = 'hi'): Row {
  const text = content === '' ? new Uint8Array() : field(1, content);
  return [name, ErrorCode.ERROR_CODE_UNKNOWN_TYPE, frame(text, type)];
}

function tooLong(name: string, message: { content: string; type?: MessageType }): Row {
  return [name, ErrorCode.ERROR_CODE_CONTENT_TOO_LONG, encodeFrame(chatMessage(message))];
}

function badRoom(room: string): Row {
  const name = `to the room ${shown(room)}`;
  return [name, ErrorCode.ERROR_CODE_BAD_ROOM_NAME, broadcastTo(room)];
}

function withId(id: string): Uint8Array {
  return encodeFrame(chatMessage({ content: 'hi', type: BROADCAST, id }));
}

function shown(room: string): string {
  return room.length > 20 ? `of ${room.length} letters` : JSON.stringify(room);
}
