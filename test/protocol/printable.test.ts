import { expect } from 'chai';
import fc from 'fast-check';
import { printable, printableJson } from '../../src/protocol/printable.js';

/** What must never reach a terminal from somebody else. */
const harmful = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;

describe('printable', () => {
  it('lets no control character, line break or bidirectional control through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.to.match(harmful);
      }),
      { numRuns: 2000 },
    );
    for (let code = 0; code < 0x3000; code += 1) {
      expect(printable(String.fromCharCode(code))).not.to.match(harmful);
    }
  });

  it('shows what it replaces, and leaves all other text alone', () => {
    expect(printable('a\nb\tc\r')).to.equal('a\\nb\\tc\\r');
    expect(printable('\x1b[31mred\x07\x9b\x7f')).to.equal('\\u001b[31mred\\u0007\\u009b\\u007f');
    expect(printable('abc\u202ecba')).to.equal('abc\\u202ecba');
    expect(printable('héllo 世界 👩‍👩‍👧 \\ "quoted"')).to.equal('héllo 世界 👩‍👩‍👧 \\ "quoted"');
  });

  it('keeps the value of JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = printableJson(JSON.stringify({ text }));
        expect(json).not.to.match(harmful);
        expect(JSON.parse(json)).to.deep.equal({ text });
      }),
    );
  });
});
