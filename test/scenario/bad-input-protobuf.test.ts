import { expect } from 'chai';
import { ErrorCode } from '../../src/protocol/messages.js';
import {
  bytes,
  field,
  frame,
  hex,
  longVarint,
  numberField,
  tag,
  varint,
} from '../support/bytes.js';
import type { RawClient } from '../support/raw-client.js';
import { expectRefused, whileOthersChat } from '../support/refusals.js';

type Case = readonly [name: string, body: Uint8Array];

const hi = field(1, 'hi');
const endless = new Uint8Array(11).fill(0xff);

const undecodable: readonly Case[] = [
  ['a tag that is cut', hex('80')],
  ['a tag alone', hex('0a')],
  ['a tag of 11 bytes', bytes(longVarint(10, 11), hex('02 68 69'))],
  ['a tag that never ends', new Uint8Array(100).fill(0x80)],
  ['field number 0 as a varint', bytes(hex('00 00'), hi)],
  ['field number 0 as a string', bytes(hex('02 00'), hi)],
  ['field number 2^29', bytes(varint(2n ** 32n), 0, hi)],
  ['field number 2^29 + 1, which is not field 1', bytes(varint(2n ** 32n + 10n), 2, 'hi')],
  ['a tag of 64 bits', bytes(varint(2n ** 64n - 8n), 0, hi)],
  ['wire type 6', bytes(tag(1, 6), 2, 'hi')],
  ['wire type 7', bytes(tag(1, 7), 2, 'hi')],
  ['wire type 6 in an unknown field', bytes(hi, tag(100, 6))],
  ['a content that is cut', hex('0a 03 68 69')],
  ['a content without a length', bytes(numberField(2, 1), hex('0a'))],
  ['a content whose length is cut', hex('0a 80')],
  ['a content of 2^31 bytes', bytes(hex('0a'), varint(2 ** 31), 'hi')],
  ['a content of 2^32 - 1 bytes', bytes(hex('0a'), varint(2 ** 32 - 1), 'hi')],
  ['a content of 2^32 + 2 bytes', bytes(hex('0a'), varint(2 ** 32 + 2), 'hi')],
  ['a content of 2^63 bytes', bytes(hex('0a'), varint(2n ** 63n), 'hi')],
  ['a content of -1 bytes', bytes(hex('0a'), varint(2n ** 64n - 1n), 'hi')],
  ['a content whose length has 11 bytes', bytes(hex('0a'), longVarint(2, 11), 'hi')],
  ['a content whose length never ends', bytes(hex('0a'), endless)],
  ['an id that is cut', bytes(hi, tag(3, 2), 5, 'id')],
  ['a type that is cut', bytes(hi, hex('10'))],
  ['a type in the middle of which the frame ends', bytes(hi, hex('10 81'))],
  ['a type of 11 bytes', bytes(hi, hex('10'), longVarint(1, 11))],
  ['a type that never ends', bytes(hi, hex('10'), endless)],
  ['a seq of 11 bytes', bytes(hi, tag(6, 0), longVarint(1, 11))],
  ['an unknown varint of 11 bytes', bytes(hi, tag(100, 0), longVarint(1, 11))],
  ['an unknown fixed64 that is cut', bytes(hi, tag(100, 1), new Uint8Array(7))],
  ['an unknown fixed32 that is cut', bytes(hi, tag(100, 5), new Uint8Array(3))],
  ['an unknown string that is cut', bytes(hi, tag(100, 2), 4, 'abc')],
  ['a group that does not end', bytes(hi, tag(100, 3))],
  ['a group that ends as another one', bytes(hi, tag(100, 3), tag(101, 4))],
  ['the end of a group that did not begin', bytes(hi, tag(100, 4))],
  ['a group over whose end a string hangs', bytes(tag(100, 3), tag(1, 2), 3, tag(100, 4))],
  ['60,000 groups that do not end', new Uint8Array(60_000).fill(0x43)],
  ['a hello that is cut', bytes(tag(16, 2), 5, numberField(1, 1))],
  ['a hello whose name is longer than it', field(16, tag(2, 2), 6, 'alice')],
  ['a hello that holds field number 0', field(16, numberField(1, 1), 0, 0)],
  ['a ping whose nonce is cut', field(21, hex('08 80'))],
  ['a time of another protobuf', field(7, hex('08'))],
];

/** What the rest of the frame, an ECHO "hi", is not disturbed by. */
const dropped: readonly Case[] = [
  ['an unknown varint', numberField(100, 2n ** 64n - 1n)],
  ['an unknown fixed64', bytes(tag(100, 1), new Uint8Array(8).fill(0xff))],
  ['an unknown fixed32', bytes(tag(100, 5), new Uint8Array(4).fill(0xff))],
  ['an unknown string that is not UTF-8', field(100, hex('ff fe'))],
  ['the largest field number', numberField(2 ** 29 - 1, 1)],
  ['a group', bytes(tag(100, 3), tag(100, 4))],
  ['a group with fields in it', bytes(tag(100, 3), field(1, 'no'), numberField(2, 1), tag(100, 4))],
  ['groups in groups', bytes(tag(100, 3), tag(1, 3), tag(1, 4), tag(100, 4))],
  ['a content that is a varint', numberField(1, 7)],
  ['a content that is a fixed64', bytes(tag(1, 1), new Uint8Array(8))],
  ['a content that is a fixed32', bytes(tag(1, 5), new Uint8Array(4))],
  ['a content that is a group', bytes(tag(1, 3), tag(1, 4))],
  ['a type that is a string', field(2, hex('01'))],
  ['a type that is a fixed32', bytes(tag(2, 5), hex('01 00 00 00'))],
  ['an id that is a varint', numberField(3, 1)],
  ['a room that is a varint', numberField(4, 1)],
  ['a sender that is a varint', numberField(5, 1)],
  ['a seq that is a string', field(6, 'seven')],
  ['a time that is a varint', numberField(7, 1)],
  ['a hello that is a varint', numberField(16, 1)],
  ['a ping that is a fixed64', bytes(tag(21, 1), new Uint8Array(8))],
  ['each of the reserved fields', bytes(...[8, 9, 10, 11, 12, 13, 14, 15].map((n) => field(n)))],
];

// "undecodable protobuf"; chat.proto, "Rules for both sides".
describe('protobuf', () => {
  for (const [name, body] of undecodable) {
    it(
      `with ${name} is refused`,
      whileOthersChat(async (scene) => {
        const send = (client: RawClient): void => client.sendBytes(frame(body));
        await expectRefused(scene, send, ErrorCode.ERROR_CODE_UNDECODABLE, { closes: true });
      }),
    );
  }

  for (const [name, extra] of dropped) {
    it(
      `with ${name} is read as if that were not there, wherever it stands`,
      whileOthersChat(async ({ server }) => {
        const bare = await server.bare();
        const full = await server.full('alice');
        for (const body of [bytes(extra, hi), bytes(hi, extra), bytes(extra, hi, extra)]) {
          bare.sendBytes(frame(body));
          expect(await bare.next()).to.include({ content: '(echo)hi', type: 0 });
          full.sendBytes(frame(body));
          expect(await full.next()).to.include({ content: 'hi', type: 0, id: '', seq: 0 });
        }
        bare.sendBytes(frame(extra));
        expect(await bare.next()).to.include({ content: '(echo)', type: 0 });
      }),
    );
  }

  it(
    'with the same field twice means the last one',
    whileOthersChat(async ({ server, bystanders }) => {
      const client = await server.bare();
      client.sendBytes(
        frame(numberField(2, 7), field(1, 'no'), numberField(2, 1), field(1, 'yes')),
      );
      expect(await client.next()).to.include({ content: '(broadcast)yes', type: 1 });
      await bystanders.hear('yes');
    }),
  );

  it(
    'with numbers longer than they need to be is read all the same',
    whileOthersChat(async ({ server, bystanders }) => {
      const client = await server.bare();
      client.sendBytes(
        frame(hex('8a 00'), longVarint(2, 5), 'hi', hex('90 00'), longVarint(1, 10)),
      );
      expect(await client.next()).to.include({ content: '(broadcast)hi', type: 1 });
      await bystanders.hear('hi');
    }),
  );

  it(
    'with 20,000 groups in each other, whether taken or refused, ends nothing',
    whileOthersChat(async ({ server }) => {
      const client = await server.connect();
      const depth = 20_000;
      const groups = bytes(new Uint8Array(depth).fill(0x43), new Uint8Array(depth).fill(0x44));
      client.sendBytes(frame(groups, hi));
      expect((await client.next()).content).to.match(/^(\(echo\)hi|\(error\).*ChatMessage.*)$/);
    }),
  );

  it(
    'with messages in each other up to the frame limit, whether taken or refused, ends nothing',
    whileOthersChat(async ({ server }) => {
      const client = await server.full('mallory');
      let page = hi;
      // A page that holds a message that holds a page, and so on.
      while (page.length < 60_000) page = field(36, field(2, page));
      client.sendBytes(frame(page));
      const { error } = await client.nextControl('error');
      expect(error.code).to.be.oneOf([
        ErrorCode.ERROR_CODE_NOT_A_REQUEST,
        ErrorCode.ERROR_CODE_UNDECODABLE,
      ]);
    }),
  );

  it(
    'of random bytes is answered or refused, never more',
    whileOthersChat(async ({ server, bystanders }) => {
      let state = 42;
      const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
      for (let round = 0; round < 300; round += 1) {
        const body = Uint8Array.from({ length: 1 + Math.floor(random() * 60) }, () =>
          Math.floor(random() * 256),
        );
        const client = await server.bare();
        client.sendBytes(frame(body));
        expect((await client.next()).content, Buffer.from(body).toString('hex')).to.match(
          /^\((error|echo)\)/,
        );
        client[Symbol.dispose]();
      }
      await bystanders.roundTrip();
    }),
  );
});
