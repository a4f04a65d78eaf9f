import { expect } from 'chai';
import fc from 'fast-check';
import { lookAlikeKeys, looksLikeGuest, mixesScripts } from '../../src/core/look-alikes.js';

function lookAlike(one: string, other: string): boolean {
  const keys = lookAlikeKeys(one);
  return lookAlikeKeys(other).some((key) => keys.includes(key));
}

// UTS #39 section 4.
describe('names that look alike', () => {
  for (const [one, other, why] of [
    ['alice', 'ALICE', 'case'],
    ['alice', '\u0430lice', 'a Cyrillic a'],
    ['alice', 'a1ice', 'a digit for a letter'],
    ['alIce', 'allce', 'a capital I for an l'],
    ['BOB', '\u0412\u041e\u0412', 'Cyrillic capitals'],
    ['bob', '\u0412\u041e\u0412', 'Cyrillic capitals, beside small letters'],
    ['scope', '\u0455\u0441\u043e\u0440\u0435', 'Cyrillic letters only'],
    ['HAT', '\u0397\u0391\u03a4', 'Greek capitals'],
    ['modern', 'modem', 'two letters for one'],
    ['ALICE', '\uff41\uff4c\uff49\uff43\uff45', 'wide letters'],
    ['alice', '\u{1d41a}\u{1d425}\u{1d422}\u{1d41c}\u{1d41e}', 'mathematical letters'],
    ['Zo\u00eb', 'zoe\u0308', 'a letter and its mark'],
    [
      '\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3',
      '\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2',
      '',
    ],
  ] as const) {
    it(`have a key in common: ${one} and ${other}${why && `, ${why}`}`, () => {
      expect(lookAlike(one, other)).to.equal(true);
    });
  }

  it('are no others', () => {
    for (const [one, other] of [
      ['alice', 'alicia'],
      ['alice', 'alice2'],
      ['zoe', 'zo\u00eb'],
      ['\u5c71\u7530', '\u7530\u5c71'],
      ['u1', 'u2'],
      ['ian', 'lan'],
    ] as const) {
      expect(lookAlike(one, other), `${one} ${other}`).to.equal(false);
    }
  });

  it('stay the same name in another case', () => {
    // U+0345 is in no name: it is a letter in capitals.
    const name = fc
      .stringMatching(/^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._-]{0,8}$/u)
      .filter((one) => !one.includes('\u0345'));
    fc.assert(
      fc.property(name, (one) => {
        expect(lookAlike(one, one.toUpperCase().normalize('NFC'))).to.equal(true);
        expect(lookAlike(one, one.normalize('NFD'))).to.equal(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('to those of guests are found', () => {
    for (const name of ['gu\u0435st-1', 'GUEST-x', '\uff47uest-', 'guest\u30fc1', 'guest\u4e001']) {
      expect(looksLikeGuest(name), name).to.equal(true);
    }
    for (const name of ['guest', 'guest1', 'guests-1', 'guest.1', 'gue8t-1', 'alice']) {
      expect(looksLikeGuest(name), name).to.equal(false);
    }
  });
});

// UTS #39 section 5.2, "highly restrictive".
describe('scripts in a name', () => {
  for (const name of [
    'alice',
    '7of9',
    '\u0410\u043b\u0438\u0441\u0430_2',
    '\u05e2\u05d1\u05e8\u05d9\u05ea',
    '\u0645\u0631\u062d\u0628\u0627.\u0663',
    '\u0939\u093f\u0928\u094d\u0926\u0940',
    'yuki\u5c71\u7530\u305f\u308d\u30a6\u30fc',
    'kim\u91d1\uae40',
    'li\u674e\u310c\u3127',
    'e\u0301\u0300',
    '\u{10428}\u{10428}',
    '\u{10428}1',
    '...',
  ]) {
    it(`may be together: ${JSON.stringify(name)}`, () => {
      expect(mixesScripts(name)).to.equal(false);
    });
  }

  for (const name of [
    '\u0430lice',
    'gu\u0435st-1',
    'alice\u0391',
    '\u0410\u0391',
    'a\u05d0',
    'alice\u0967',
    '\u0905\u0663',
    '\uae40\u3042',
    '\u3042\u310c',
    'a\u{10428}',
    '\u0e01\u0e81',
  ]) {
    it(`may not be together: ${JSON.stringify(name)}`, () => {
      expect(mixesScripts(name)).to.equal(true);
    });
  }
});
