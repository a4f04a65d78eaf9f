import { expect } from 'chai';
import fc from 'fast-check';
import { isUtf8, readUtf8, utf8Bytes, writeUtf8 } from '../../src/protocol/utf8.js';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function isStrictUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

describe('isUtf8', () => {
  it("agrees with the platform's decoder on any bytes", () => {
    const continuation = fc.integer({ min: 0x80, max: 0xbf });
    const lead = fc.integer({ min: 0xc0, max: 0xff });
    const anyByte = fc.oneof(fc.nat(0x7f), continuation, continuation, lead, fc.nat(0xff));
    fc.assert(
      fc.property(fc.array(anyByte, { maxLength: 12 }), (values) => {
        const bytes = Uint8Array.from(values);
        expect(isUtf8(bytes, 0, bytes.length)).to.equal(isStrictUtf8(bytes));
      }),
      { numRuns: 5000 },
    );
  });

  it('agrees with it on every pair of bytes, alone and continued', () => {
    for (let first = 0; first < 256; first += 1) {
      for (let second = 0; second < 256; second += 1) {
        for (const rest of [[], [0x80], [0xbf, 0x80], [0x41]]) {
          const bytes = Uint8Array.from([first, second, ...rest]);
          if (isUtf8(bytes, 0, bytes.length) !== isStrictUtf8(bytes)) {
            expect.fail(`they differ on ${Buffer.from(bytes).toString('hex')}`);
          }
        }
      }
    }
  });

  it('looks at nothing outside its range', () => {
    const bytes = Uint8Array.from([0xff, 0x41, 0xc3, 0xa9, 0xff]);
    expect(isUtf8(bytes, 1, 4)).to.equal(true);
    expect(isUtf8(bytes, 1, 3), 'a character cut by the end').to.equal(false);
  });
});

describe('text to bytes and back', () => {
  it('counts and writes what the platform writes, and reads it back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        const expected = Buffer.from(text, 'utf8');
        const bytes = new Uint8Array(expected.length + 1);
        expect(utf8Bytes(text)).to.equal(expected.length);
        expect(writeUtf8(text, bytes, 1)).to.equal(bytes.length);
        expect(Buffer.from(bytes.subarray(1)).equals(expected)).to.equal(true);
        expect(readUtf8(bytes, 1, bytes.length)).to.equal(expected.toString('utf8'));
      }),
    );
  });

  it('keeps a byte order mark, which is a character like any other', () => {
    const bytes = Buffer.from('\ufeffa', 'utf8');
    expect(readUtf8(bytes, 0, bytes.length)).to.equal('\ufeffa');
  });
});
