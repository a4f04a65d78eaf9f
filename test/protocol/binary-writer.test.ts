import { expect } from 'chai';
import fc from 'fast-check';
import { BinaryWriter } from '../../src/protocol/binary-writer.js';
import { chatMessage } from '../../src/protocol/codec.js';
import { FrameWriter } from '../../src/protocol/frame-writer.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import type { MessageWriter } from '../../src/protocol/message-writer.js';
import { utf8Range } from '../../src/protocol/utf8.js';
import { webSocketMessages } from '../support/websocket-messages.js';

/** Writes one frame, whatever the writer. */
type Writing = (writer: MessageWriter) => void;

const content = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.nat(4096).map((length) => 'x'.repeat(length)),
  // So long that two, or one, or none of them fit in a message.
  fc
    .constantFrom(30_000, 32_700, 32_760, 65_520, 65_528, 65_531, 65_532, 70_000)
    .map((length) => 'x'.repeat(length)),
);
const fields = fc.record({
  id: fc.string({ maxLength: 64 }),
  sender: fc.string({ maxLength: 32 }),
  seq: fc.nat(),
  sentAtMs: fc.nat(2 ** 41),
  editedAtMs: fc.nat(2 ** 41),
});
const ack = fc.record({
  id: fc.string({ maxLength: 64 }),
  room: fc.constantFrom('lobby', 'dev'),
  seq: fc.nat(),
  sentAtMs: fc.nat(2 ** 41),
  duplicate: fc.boolean(),
});
const writing: fc.Arbitrary<Writing> = fc.oneof(
  fc.tuple(content, fields).map(([text, all]): Writing => (writer) => {
    writer.broadcast('lobby', { ...all, ...utf8Range(text) });
  }),
  fc.tuple(content, fields).map(([text, all]): Writing => (writer) => {
    writer.bareBroadcast({ ...all, ...utf8Range(text) });
  }),
  content.map((text): Writing => (writer) => {
    const bytes = Buffer.from(`..${text}.`);
    writer.bareEcho(bytes, 2, bytes.length - 1);
  }),
  ack.map(
    (all): Writing =>
      (writer) =>
        writer.ack(all),
  ),
  content.map(
    (text): Writing =>
      (writer) =>
        writer.message(chatMessage({ content: text })),
  ),
);

const messageBytesMax = 65_535;

describe('BinaryWriter', () => {
  it('writes the frames of FrameWriter, as many of them in a message as there is room for', () => {
    const batches = fc.array(fc.array(writing, { minLength: 1, maxLength: 40 }), { maxLength: 3 });
    const allocate = (bytes: number): Uint8Array => Buffer.alloc(bytes);
    fc.assert(
      fc.property(batches, (all) => {
        // They are used again and again.
        const writer = new BinaryWriter(16, allocate);
        const reference = new FrameWriter(16);
        for (const batch of all) {
          expect(writer.isEmpty).to.equal(true);
          for (const write of batch) {
            write(writer);
            write(reference);
            expect(writer.isEmpty).to.equal(false);
          }
          const messages = webSocketMessages(writer.take());
          expect(messages.every(({ isBinary }) => isBinary)).to.equal(true);
          const payloads = messages.map(({ payload }) => payload);
          // chai compares byte by byte, which takes long.
          expect(Buffer.compare(Buffer.concat(payloads), reference.take())).to.equal(0);
          expectWellFilled(payloads);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Each message is of whole frames, no longer than it may be, and no shorter than it must be. */
function expectWellFilled(payloads: readonly Uint8Array[]): void {
  let lastBytes = messageBytesMax;
  for (const payload of payloads) {
    const sizes: number[] = [];
    const decoder = new FrameDecoder(2 ** 30);
    let from = 0;
    decoder.push(payload, {
      frame: (_bytes, _start, end) => {
        sizes.push(end - from);
        from = end;
        return true;
      },
    });
    expect(decoder.isMidFrame).to.equal(false);
    expect(from).to.equal(payload.length);
    if (sizes.length !== 1) expect(payload.length).to.be.within(1, messageBytesMax);
    expect(lastBytes + sizes[0]!).to.be.greaterThan(messageBytesMax);
    lastBytes = payload.length;
  }
}
