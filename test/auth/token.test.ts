import { expect } from 'chai';
import fc from 'fast-check';
import { HmacTokens } from '../../src/auth/token.js';

describe('HmacTokens', () => {
  const tokens = new HmacTokens(new Uint8Array(32).fill(7));
  const identity = { person: 'guest:4711', name: 'Ärger' };

  it('knows again what it issued, after a restart too', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 64 });
    fc.assert(
      fc.property(text, text, (person, name) => {
        const later = new HmacTokens(new Uint8Array(32).fill(7));
        expect(later.identify(tokens.issue({ person, name }))).to.deep.equal({ person, name });
      }),
    );
  });

  it('does not know what another secret issued', () => {
    const others = new HmacTokens(new Uint8Array(32).fill(8));
    expect(tokens.identify(others.issue(identity))).to.equal(undefined);
  });

  it('knows no token in which a character was changed, added or removed', () => {
    const token = tokens.issue(identity);
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(tokens.identify(token.slice(0, at) + other + token.slice(at + 1))).to.equal(undefined);
      expect(tokens.identify(token.slice(0, at) + token.slice(at + 1))).to.equal(undefined);
      expect(tokens.identify(`${token.slice(0, at)} ${token.slice(at)}`)).to.equal(undefined);
    }
    expect(tokens.identify(`${token}=`)).to.equal(undefined);
  });

  it('knows nothing that it did not issue, however long', () => {
    const arbitrary = fc.oneof(fc.string(), fc.base64String({ maxLength: 200 }));
    fc.assert(fc.property(arbitrary, (text) => tokens.identify(text) === undefined));
    expect(tokens.identify('')).to.equal(undefined);
    expect(tokens.identify('A'.repeat(10_000_000))).to.equal(undefined);
  });
});
