import { expect } from 'chai';
import fc from 'fast-check';
import { chatMessage, decodeMessage } from '../../src/protocol/codec.js';
import { JsonWriter } from '../../src/protocol/json-writer.js';
import { messageToJson } from '../../src/protocol/json.js';
import type { ChatMessage } from '../../src/protocol/messages.js';
import { MessageType } from '../../src/protocol/messages.js';
import { utf8Range } from '../../src/protocol/utf8.js';
import { reflection, type Reflection } from '../support/reflection.js';
import { webSocketMessages } from '../support/websocket-messages.js';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ maxLength: 20 }),
  fc.constantFrom('"', '\\', '\0', '\u2028', '</script>', '\ufeff', 'x'.repeat(70_000)),
);
const seq = fc.oneof(fc.nat(), fc.maxSafeNat());
const sentAtMs = fc.oneof(fc.nat(2 ** 42), fc.constantFrom(0, 999, 1000));
const room = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/);

describe('JsonWriter', () => {
  let schema: Reflection;

  before(async () => {
    schema = await reflection();
  });

  it('writes broadcasts as it would write them by the generated code', () => {
    // Whoever sends has a name, and what is sent has a number.
    const sender = fc.string({ unit: 'binary', minLength: 1, maxLength: 32 });
    const number = seq.map((value) => Math.max(1, value));
    const times = { sentAtMs, editedAtMs: sentAtMs };
    const fields = fc.record({ content: text, id: text, sender, seq: number, ...times });
    fc.assert(
      fc.property(fields, room, (entry, name) => {
        const { sentAtMs: ms, editedAtMs: editedMs, ...rest } = entry;
        const said = { ...rest, room: name, type: MessageType.BROADCAST };
        const editedAt = editedMs === 0 ? undefined : new Date(editedMs);
        const message = chatMessage({ ...said, sentAt: new Date(ms), editedAt });
        const range = utf8Range(entry.content);
        const [written] = taken((writer) => writer.broadcast(name, { ...entry, ...range }));
        expect(written).to.equal(messageToJson(message));
      }),
    );
  });

  it('writes what a bare session gets as it would write it by the generated code', () => {
    fc.assert(
      fc.property(text, (content) => {
        const bytes = Buffer.from(`..${content}.`);
        const said = { id: 'm1', sender: 'alice', seq: 1, sentAtMs: 0, editedAtMs: 0 };
        const written = taken((writer) => {
          writer.bareEcho(bytes, 2, bytes.length - 1);
          writer.bareBroadcast({ ...said, ...utf8Range(content) });
        });
        expect(written).to.deep.equal([
          messageToJson(chatMessage({ content: `(echo)${content}` })),
          messageToJson(
            chatMessage({ content: `(broadcast)${content}`, type: MessageType.BROADCAST }),
          ),
        ]);
      }),
    );
  });

  it('writes acks as it would write them by the generated code', () => {
    const fields = fc.record({ id: text, room, seq, sentAtMs, duplicate: fc.boolean() });
    fc.assert(
      fc.property(fields, ({ sentAtMs: ms, ...rest }) => {
        const control = { $case: 'ack', ack: { ...rest, sentAt: new Date(ms) } } as const;
        const written = taken((writer) => writer.ack({ ...rest, sentAtMs: ms }));
        expect(written).to.deep.equal([messageToJson(chatMessage({ control }))]);
      }),
    );
  });

  // https://protobuf.dev/programming-guides/json
  it('writes every message in proto3 JSON, as another implementation reads it', () => {
    fc.assert(
      fc.property(
        fc.array(
          schema.messages.map((json) => asServersSay({ ...json })),
          { maxLength: 5 },
        ),
        (all) => {
          const bodies = all.map((json) => schema.write(json));
          const written = taken((writer) => {
            for (const body of bodies) writer.message(decoded(body));
          });
          expect(written).to.have.length(all.length);
          for (const [index, line] of written.entries()) {
            const json: unknown = JSON.parse(line);
            expect(line).not.to.include('\n');
            expect(schema.read(schema.write(json))).to.deep.equal(schema.read(bodies[index]!));
            // 64-bit numbers are strings there, among others.
            expectSameKinds(json, schema.read(bodies[index]!), index.toString());
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('spells out what a message of the chat says', () => {
    const written = taken((writer) => {
      writer.message(chatMessage({}));
      writer.message(chatMessage({ control: { $case: 'pong', pong: { nonce: 7 } } }));
    });
    expect(written.map((line) => JSON.parse(line) as unknown)).to.deep.equal([
      { content: '', type: 'ECHO' },
      { pong: { nonce: 7 } },
    ]);
  });

  it('writes what is no text as U+FFFD', () => {
    const [written] = taken((writer) => writer.message(chatMessage({ content: 'a\ud800b' })));
    expect(JSON.parse(written!)).to.deep.equal({ content: 'a\ufffdb', type: 'ECHO' });
  });
});

/** What is written, message by message. */
function taken(write: (writer: JsonWriter) => void): string[] {
  const writer = new JsonWriter((bytes) => Buffer.alloc(bytes));
  expect(writer.isEmpty).to.equal(true);
  write(writer);
  const messages = webSocketMessages(writer.take());
  expect(writer.isEmpty).to.equal(true);
  expect(messages.some(({ isBinary }) => isBinary)).to.equal(false);
  return messages.map(({ payload }) => payload.toString('utf8'));
}

/** A frame with a control message has neither content nor type. */
function asServersSay(message: Record<string, unknown>): object {
  const isControl = Object.keys(message).some((key) => !messageFields.has(key));
  if (isControl) for (const key of ['content', 'type']) delete message[key];
  return message;
}

const messageFields = new Set([
  'content',
  'type',
  'id',
  'room',
  'sender',
  'seq',
  'sentAt',
  'editedAt',
]);

function decoded(body: Uint8Array): ChatMessage {
  return decodeMessage(body, 0, body.length);
}

/** Whatever is in `expected` is in `found`, as a value of the same kind. */
function expectSameKinds(found: unknown, expected: unknown, path: string): void {
  expect(typeof found, path).to.equal(typeof expected);
  if (typeof expected !== 'object' || expected === null) return;
  for (const [key, value] of Object.entries(expected)) {
    expectSameKinds((found as Record<string, unknown>)[key], value, `${path}.${key}`);
  }
}
