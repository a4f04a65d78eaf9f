import { expect } from 'chai';
import fc from 'fast-check';
import { ClientFrame } from '../../src/protocol/codec.js';
import { ChatError } from '../../src/protocol/errors.js';
import { ErrorCode } from '../../src/protocol/messages.js';
import { frameOfJson } from '../../src/transports/json-messages.js';
import { framesOf } from '../support/dialect.js';
import { reflection, type Reflection } from '../support/reflection.js';

describe('frameOfJson', () => {
  let schema: Reflection;

  before(async () => {
    schema = await reflection();
  });

  it('makes the frame of every message, with its length in front', () => {
    fc.assert(
      fc.property(schema.messages, (json) => {
        const frame = frameOfJson(JSON.stringify(json));
        const prefixBytes = frame.findIndex((byte) => byte < 0x80) + 1;
        expect(schema.read(frame.subarray(prefixBytes))).to.deep.equal(
          schema.read(schema.write(json)),
        );
        // The bytes of the prefix, least significant first.
        const length = frame
          .subarray(0, prefixBytes)
          .reduceRight((sum, byte) => sum * 0x80 + (byte & 0x7f), 0);
        expect(length).to.equal(frame.length - prefixBytes);
      }),
    );
  });

  it('drops fields that it does not know', () => {
    const json = '{"content":"hi","colour":"red","toString":1,"__proto__":{"type":"BROADCAST"}}';
    expect(frameOfJson(json)).to.deep.equal(framesOf([{ content: 'hi' }]));
  });

  for (const type of [
    'SHOUT',
    'broadcast',
    '',
    '0',
    '1',
    'UNRECOGNIZED',
    'toString',
    '__proto__',
  ]) {
    it(`makes an unknown type of ${JSON.stringify(type)}, which is refused with its id`, () => {
      const frame = read(JSON.stringify({ content: 'hi', id: 'm1', type }));
      expect(frame).to.include({ id: 'm1', type: -1 });
    });
  }

  for (const json of ['{"id":"r1","teleport":{"to":"mars"}}', '{"id":"r1","room":"dev","x":1}']) {
    it(`makes a request that nobody knows of what has only unknown fields: ${json}`, () => {
      expect(read(json)).to.include({ id: 'r1', controls: 1, hasUnknownRequest: true });
    });
  }

  for (const json of ['{}', '{"id":"m1"}', '{"content":"hi","x":1}', '{"type":"ECHO","x":1}']) {
    it(`makes a message of the chat of ${json}`, () => {
      expect(read(json)).to.include({ controls: 0, hasUnknownRequest: false });
    });
  }

  for (const json of ['{"ping":{"nonce":1},"x":1}', '{"member_list":{},"x":1}']) {
    it(`drops an unknown field beside a control message: ${json}`, () => {
      expect(read(json)).to.include({ controls: 1, hasUnknownRequest: false });
    });
  }

  const x = 'x'.repeat(60_000);
  const wrong: readonly (readonly [what: string, text: string])[] = [
    ['nothing', ''],
    ['what is no JSON', `{"content":"${x}`],
    ['two messages', '{"content":"hi"}{"content":"ho"}'],
    ['a list', JSON.stringify([x])],
    ['a text', JSON.stringify(x)],
    ['null', 'null'],
    ['content that is no text', JSON.stringify({ content: { [x]: 1 } })],
    ['content that is not Unicode', `{"content":"${x}\\ud800"}`],
    ['content that is not Unicode, early', `{"content":"${'👋'.repeat(200)}\\ud800"}`],
    ['a number that is none', JSON.stringify({ fetch: { before: x } })],
    ['a number that is too large', '{"fetch":{"before":"18446744073709551616"}}'],
    ['two control messages', '{"ping":{},"pong":{}}'],
    ['control characters', '{"content":"\n\u001b[2J"}'],
    ['control characters outside', `\n\u001b[2J\n`],
    ['messages in messages', `${'{"page":{"messages":['.repeat(2500)}${']}}'.repeat(2500)}`],
    ['lists in lists', '['.repeat(65_000)],
  ];
  for (const [what, text] of wrong) {
    it(`refuses ${what}, with a sentence that quotes a little of it`, () => {
      const { code, message } = refusal(text);
      expect(code).to.equal(ErrorCode.ERROR_CODE_UNDECODABLE);
      expect(message).to.match(/^the text is not a ChatMessage in JSON: [^\p{Cc}\p{Cs}]+$/u);
      expect(message.length).to.be.at.most(300);
    });
  }

  it('refuses any other text with a ChatError', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .dictionary(fc.constantFrom('content', 'type', 'hello', 'join', 'seq', 'sentAt'), fc.json())
        .map(
          (fields) =>
            `{${Object.entries(fields)
              .map(([key, value]) => `"${key}":${value}`)
              .join()}}`,
        ),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(frameOfJson(text).length).to.be.greaterThan(0);
        } catch (error) {
          expect(error).to.be.instanceOf(ChatError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/** The frame as a server reads it. */
function read(text: string): ClientFrame {
  const bytes = frameOfJson(text);
  const frame = new ClientFrame();
  frame.read(bytes, bytes.findIndex((byte) => byte < 0x80) + 1, bytes.length);
  return frame;
}

/** Why the text is refused. */
function refusal(text: string): ChatError {
  try {
    frameOfJson(text);
  } catch (error) {
    if (error instanceof ChatError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
