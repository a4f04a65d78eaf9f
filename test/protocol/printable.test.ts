import { expect } from 'chai';
import fc from 'fast-check';
import { printable, printableJson, printableParts } from '../../src/protocol/printable.js';

/** What must never reach a terminal from somebody else. */
const harmful = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;

const unseen = /\p{Default_Ignorable_Code_Point}/u;

const flags =
  /\u{1f3f4}\u{e0067}\u{e0062}(\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}/gu;

/** Written without looking at how it is done: walks through what is shown, a character at a time. */
function expectAllSeen(shown: string): void {
  const where = JSON.stringify(shown);
  let marks = 0;
  let before = '';
  for (const character of shown.replace(flags, 'F')) {
    if (unseen.test(character)) {
      expect(character, where).to.match(/^(?:\u200c|\u200d|\u180e|\p{Variation_Selector})$/u);
      // There is one at most after each character that is seen.
      expect(before, where).not.to.equal('');
      const isAfterColour = character === '\u200d' && before === '\ufe0f';
      if (!isAfterColour) expect(unseen.test(before), where).to.equal(false);
    }
    if (/[\p{Mn}\p{Me}]/u.test(character)) marks += 1;
    else if (!/\p{Mc}/u.test(character)) marks = 0;
    expect(marks, where).to.be.at.most(4);
    before = character;
  }
  expect(shown).not.to.match(/^\p{M}/u);
}

/** Text of what makes trouble, beside letters that it might belong to. */
const troublesome = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['a', ' ', '1', 'क', 'م', 'ᠠ', '漢', '🏴', '👩', '❤', '∩', '\n', '\u202e'],
        ...['\u200b', '\u200c', '\u200d', '\ufe0f', '\ufe00', '\u{e0100}', '\u180b', '\u180e'],
        ...['\ufeff', '\u3164', '\u0301', '\u20dd', '\u0903', '\u034f', '\ufffa', '\u{1f3fd}'],
        ...['\u{e0067}', '\u{e0062}', '\u{e0065}', '\u{e006e}', '\u{e007f}', '\ud800'],
        '\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
      ),
      fc.string({ unit: 'binary', maxLength: 2 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

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

  it('shows every character that is not drawn, on its own and in a row', () => {
    for (let code = 0; code <= 0xe1000; code += 1) {
      const character = String.fromCodePoint(code);
      if (!unseen.test(character)) continue;
      const escape = code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${hex4(code)}`;
      expect(printable(`a${character}b`)).to.equal(`a${escape}b`);
      expect(printable(character.repeat(3))).to.equal(escape.repeat(3));
    }
    expect(printable('\u{1f3f4}\u{e0067}\u{e0041}')).to.equal('\u{1f3f4}\\u{e0067}\\u{e0041}');
  });

  it('lets nothing through unseen, and no tower of marks, whatever is written', () => {
    fc.assert(
      fc.property(troublesome, (text) => expectAllSeen(printable(text))),
      { numRuns: 5000 },
    );
  });

  it('says with its parts the same as in one piece', () => {
    fc.assert(
      fc.property(troublesome, (text) => {
        const parts = printableParts(text);
        expect(parts.map((part) => part.text).join('')).to.equal(printable(text));
        for (const part of parts) if (part.isEscape) expect(part.text).to.match(/^\\[ -~]+$/);
      }),
      { numRuns: 2000 },
    );
  });

  for (const [what, text] of [
    ['emoji that are joined', '👩‍👩‍👧 👩🏽‍🚀 🏳️‍🌈 👁️‍🗨️ 🏴‍☠️ ❤️‍🔥'],
    ['emoji in colours and as text, and keys', '❤️ ❤︎ ☺️ 1️⃣ #️⃣'],
    ['flags', '🇳🇱 \u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'],
    ['Persian', 'می\u200cخواهم'],
    ['Hindi and Malayalam with joiners', 'क्\u200dष क्\u200cष അവന്\u200d'],
    ['Bengali, a joiner before a mark', 'র\u200d্য'],
    ['Mongolian', 'ᠠ\u180b ᠨ\u180eᠠ'],
    ['ideographs in another form', '葛\u{e0100}飾 神\ufe00'],
    ['pointed Hebrew, Thai, Tibetan, Vietnamese', 'שּׁ֛ ที่ ཧཱུྃ Việt e\u0323\u0302'],
    ['a picture in Braille, whose blank is as wide as a sign', '⣿⠀⣿'],
  ] as const) {
    it(`leaves ${what} alone`, () => {
      expect(printable(text)).to.equal(text);
      expect(JSON.parse(printableJson(JSON.stringify(text)))).to.equal(text);
    });
  }

  it('shows tags that make no flag', () => {
    const tags = '\u{e0075}\u{e0073}\u{e0063}\u{e0061}\u{e007f}';
    expect(printable(`🏴${tags}`)).to.match(/^🏴(\\u\{e00[0-9a-f]{2}\}){5}$/u);
  });

  it('leaves four marks on a letter, and shows the others', () => {
    expect(printable('a\u0301\u0302\u0303\u0304b')).to.equal('a\u0301\u0302\u0303\u0304b');
    expect(printable(`a${'\u0301'.repeat(6)}b`)).to.equal(`a${'\u0301'.repeat(4)}\\u0301\\u0301b`);
    // A mark with a place of its own in between does not begin anew.
    expect(printable(`a${'\u0301\u0903'.repeat(5)}`)).to.match(/\\u0301\u0903$/);
  });

  it('shows marks that belong to nothing in the text', () => {
    expect(printable('\u0301a')).to.equal('\\u0301a');
    expect(printable('a\u200b\u0338\u0338b')).to.equal('a\\u200b\\u0338\\u0338b');
  });

  it('takes no longer for a text that was made to be slow', () => {
    for (const piece of [
      '\u0301',
      '\u0903',
      '\u0301\u0903',
      '\u200d',
      '🏴',
      '👩\u200d',
      '\ufe0f',
    ]) {
      const begun = performance.now();
      printable(piece.repeat(20_000));
      expect(performance.now() - begun, JSON.stringify(piece)).to.be.below(1000);
    }
  });

  it('keeps the value of JSON', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), troublesome), (text) => {
        const json = printableJson(JSON.stringify({ text }));
        expect(json).not.to.match(harmful);
        expect(JSON.parse(json)).to.deep.equal({ text });
      }),
    );
  });
});

function hex4(code: number): string {
  return code.toString(16).padStart(4, '0');
}
