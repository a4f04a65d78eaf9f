import { expect } from 'chai';
import fc from 'fast-check';
import { broadcastMessage, chatMessage, encodeFrame } from '../../src/protocol/codec.js';
import { FrameWriter } from '../../src/protocol/frame-writer.js';
import { MessageType } from '../../src/protocol/messages.js';
import { utf8Range } from '../../src/protocol/utf8.js';

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 20 }));
const seq = fc.oneof(fc.nat(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
const sentAtMs = fc.oneof(fc.integer({ min: 0, max: 2 ** 42 }), fc.constantFrom(0, 999, 1000));

describe('FrameWriter', () => {
  it('writes broadcasts as the generated code does', () => {
    const editedAtMs = sentAtMs;
    const said = { content: text, id: text, sender: text };
    const fields = fc.record({ ...said, seq, sentAtMs, editedAtMs });
    fc.assert(
      fc.property(fields, text, (entry, room) => {
        const { sentAtMs: ms, editedAtMs: editedMs, ...rest } = entry;
        const times = { sentAt: new Date(ms), editedAt: editedMs ? new Date(editedMs) : undefined };
        const message = chatMessage({ ...rest, room, type: MessageType.BROADCAST, ...times });
        const writer = new FrameWriter(1);
        writer.broadcast(room, { ...entry, ...utf8Range(entry.content) });
        expect(writer.take()).to.deep.equal(encodeFrame(message));
      }),
    );
  });

  it('writes echoes as the generated code does', () => {
    fc.assert(
      fc.property(text, text, (given, id) => {
        const content = given.toWellFormed();
        const bytes = Buffer.from(`<${content}>`);
        const writer = new FrameWriter(1);
        writer.echo(bytes, 1, bytes.length - 1, id);
        expect(writer.take()).to.deep.equal(encodeFrame(chatMessage({ content, id })));
      }),
    );
  });

  it('writes pages as the generated code does', () => {
    const editedAtMs = sentAtMs;
    const fields = fc.record({ content: text, id: text, sender: text, seq, sentAtMs, editedAtMs });
    const topic = { $case: 'topicChanged', topicChanged: { topic: 'birds' } } as const;
    const other = fc.record({ seq }).map((one) => chatMessage({ ...one, control: topic }));
    const messages = fc.array(fc.oneof(fields, other), { maxLength: 8 });
    const page = fc.record({ room: text, messages, end: fc.boolean(), epoch: text, tailSeq: seq });
    fc.assert(
      fc.property(page, text, (given, id) => {
        const all = given.messages.map((one) =>
          'control' in one ? one : broadcastMessage(given.room, one),
        );
        const control = { $case: 'page', page: { ...given, messages: all } } as const;
        const writer = new FrameWriter(1);
        writer.page(id, given);
        expect(writer.take()).to.deep.equal(encodeFrame(chatMessage({ id, control })));
      }),
    );
  });

  it('writes acks as the generated code does', () => {
    const fields = fc.record({ id: text, room: text, seq, sentAtMs, duplicate: fc.boolean() });
    fc.assert(
      fc.property(fields, (ack) => {
        const { sentAtMs: ms, ...rest } = ack;
        const control = { $case: 'ack', ack: { ...rest, sentAt: new Date(ms) } } as const;
        const writer = new FrameWriter(1);
        writer.ack(ack);
        expect(writer.take()).to.deep.equal(encodeFrame(chatMessage({ control })));
      }),
    );
  });
});
