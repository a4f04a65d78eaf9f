import { expect } from 'chai';
import fc from 'fast-check';
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
    it(`refuses the type ${JSON.stringify(type)}`, () => {
      const { code } = refusal(JSON.stringify({ content: 'hi', type }));
      expect(code).to.equal(ErrorCode.ERROR_CODE_UNKNOWN_TYPE);
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
