import { expect } from 'chai';
import { ErrorCode } from '../../src/protocol/messages.js';
import { bytes, field, frame, hex, numberField, type Part } from '../support/bytes.js';
import type { RawClient } from '../support/raw-client.js';
import { expectRefused, whileOthersChat } from '../support/refusals.js';

const notUtf8: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['a continuation byte alone', hex('80')],
  ['the last continuation byte alone', hex('bf')],
  ['a continuation byte too many', hex('c3 a9 a9')],
  ['an overlong NUL', hex('c0 80')],
  ['an overlong slash', hex('c0 af')],
  ['the largest overlong of 2 bytes', hex('c1 bf')],
  ['the smallest overlong of 3 bytes', hex('e0 80 80')],
  ['the largest overlong of 3 bytes', hex('e0 9f bf')],
  ['the smallest overlong of 4 bytes', hex('f0 80 80 80')],
  ['the largest overlong of 4 bytes', hex('f0 8f bf bf')],
  ['the first surrogate', hex('ed a0 80')],
  ['the last high surrogate', hex('ed af bf')],
  ['the first low surrogate', hex('ed b0 80')],
  ['the last surrogate', hex('ed bf bf')],
  ['a pair of surrogates', hex('ed a0 bd ed b8 80')],
  ['U+110000', hex('f4 90 80 80')],
  ['U+13FFFF', hex('f4 bf bf bf')],
  ['a first byte of f5', hex('f5 80 80 80')],
  ['a first byte of f7', hex('f7 bf bf bf')],
  ['a form of 5 bytes', hex('f8 88 80 80 80')],
  ['a form of 6 bytes', hex('fc 84 80 80 80 80')],
  ['fe', hex('fe')],
  ['ff', hex('ff')],
  ['2 bytes of which 1 is missing', hex('c3')],
  ['3 bytes of which 2 are missing', hex('e2')],
  ['3 bytes of which 1 is missing', hex('e2 82')],
  ['4 bytes of which 3 are missing', hex('f0')],
  ['4 bytes of which 2 are missing', hex('f0 9f')],
  ['4 bytes of which 1 is missing', hex('f0 9f 98')],
];

const ascii = 'plain text of more than thirty-two bytes';
const places: readonly (readonly [where: string, around: (bad: Part) => Uint8Array])[] = [
  ['alone', (bad) => bytes(bad)],
  ['before text', (bad) => bytes(bad, ascii)],
  ['after text', (bad) => bytes(ascii, bad)],
  ['amid text', (bad) => bytes('é\u{1f600}', bad, ascii)],
];

/** Every string that a client's frame can hold, outside and inside control messages. */
const strings: readonly (readonly [name: string, body: (text: Part) => Uint8Array])[] = [
  ['the content of a broadcast', (text) => bytes(field(1, text), numberField(2, 1))],
  ['an id', (text) => bytes(field(1, 'hi'), field(3, text))],
  ['a room', (text) => bytes(field(1, 'hi'), numberField(2, 1), field(4, text))],
  ['a sender, though it is dropped', (text) => bytes(field(1, 'hi'), field(5, text))],
  ['a name', (text) => field(16, numberField(1, 1), field(2, text))],
  ['a password', (text) => field(16, numberField(1, 1), field(3, text))],
  ['a capability', (text) => field(16, numberField(1, 1), field(5, 'x'), field(5, text))],
  ['a client', (text) => field(16, numberField(1, 1), field(6, text))],
  ['the room of a join', (text) => field(17, field(1, text))],
  ['the epoch of a position', (text) => field(17, field(1, 'lobby'), field(2, field(1, text)))],
  ['the suggestion of an error', (text) => field(34, numberField(1, 39), field(6, text))],
];

const code = ErrorCode.ERROR_CODE_INVALID_UTF8;

// "invalid UTF-8"; RFC 3629 sections 3 and 4.
describe('text that is not UTF-8', () => {
  for (const [name, bad] of notUtf8) {
    for (const [where, around] of places) {
      it(
        `is refused: ${name}, ${where}`,
        whileOthersChat(async (scene) => {
          const send = (client: RawClient): void => client.sendBytes(frame(field(1, around(bad))));
          await expectRefused(scene, send, code, { closes: true });
        }),
      );
    }
  }

  for (const [name, body] of strings) {
    it(
      `is refused in ${name}`,
      whileOthersChat(async (scene) => {
        for (const bad of [hex('ff'), hex('c3'), hex('ed a0 80')]) {
          const send = (client: RawClient): void => client.sendBytes(frame(body(bytes('a', bad))));
          await expectRefused(scene, send, code, { closes: true });
          await scene.server.sessions(2);
        }
      }),
    );
  }

  it(
    'is refused, too, where a later field of the same kind is UTF-8',
    whileOthersChat(async (scene) => {
      const body = bytes(field(1, hex('ff')), field(1, 'hi'));
      const send = (client: RawClient): void => client.sendBytes(frame(body));
      await expectRefused(scene, send, code, { closes: true });
    }),
  );

  it(
    'is not one that begins or ends a range',
    whileOthersChat(async ({ server }) => {
      const client = await server.bare();
      const edges = ['\0', '\x7f', '\x80', '\u07ff', '\u0800', '\u0fff', '\u1000', '\ucfff'];
      edges.push('\ud000', '\ud7ff', '\ue000', '\ufdd0', '\uffff', '\u{10000}', '\u{3ffff}');
      edges.push('\u{40000}', '\u{fffff}', '\u{100000}', '\u{10ffff}');
      for (const edge of edges) {
        for (const content of [edge, edge + ascii, ascii + edge]) {
          client.echo(content);
          expect((await client.next()).content).to.equal(`(echo)${content}`);
        }
      }
    }),
  );
});
