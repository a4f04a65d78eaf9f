import { expect } from 'chai';
import fc from 'fast-check';
import { messageParts } from '../../../src/web/model/message-parts.js';

/** Parts in short: links in <>, escapes in []. */
function short(content: string): string {
  return messageParts(content)
    .map(({ kind, text }) =>
      kind === 'link' ? `<${text}>` : kind === 'escape' ? `[${text}]` : text,
    )
    .join('');
}

describe('the parts of a message', () => {
  it('are its links, for http and https, without the sentence around them', () => {
    expect(short('see https://a.example/b?c=d#e.')).to.equal('see <https://a.example/b?c=d#e>.');
    expect(short('(http://a.example), ok')).to.equal('(<http://a.example>), ok');
    expect(short('HTTPS://A.example/b_(c)!')).to.equal('<HTTPS://A.example/b_(c)>!');
    expect(short('xhttp://a.example ftp://a.example')).to.equal(
      'xhttp://a.example ftp://a.example',
    );
    expect(short('https:// http://?')).to.equal('https:// http://?');
  });

  it('are no links that look like another host', () => {
    expect(short('https://bank.example@evil.example')).not.to.contain('<');
    expect(short('https://a.example/\u202egnp')).to.equal('<https://a.example/>[\\u202e]gnp');
    expect(short('https://a.example\u3164.evil.example')).to.equal(
      '<https://a.example>[\\u3164].evil.example',
    );
    expect(short('https://a.example/\u{e0041}b')).to.equal('<https://a.example/>[\\u{e0041}]b');
    expect(short(`https://a.example/x${'\u0338'.repeat(6)}`)).to.equal(
      `<https://a.example/x${'\u0338'.repeat(4)}>[\\u0338][\\u0338]`,
    );
  });

  it('have escapes for characters that act, but for line ends and tabs', () => {
    expect(short('a\u0000b\u001b[1m\tc\n\u0085')).to.equal('a[\\u0000]b[\\u001b][1m\tc\n[\\u0085]');
    expect(short('one\r\ntwo\rthree\u2028four')).to.equal('one\ntwo\nthree\nfour');
    expect(messageParts('\\u0000')).to.deep.equal([{ kind: 'text', text: '\\u0000' }]);
  });

  it('lead nowhere but to http and https, and act on nothing, whatever is written', () => {
    const pieces = ['https://', 'http://', 'javascript:', 'a.b', '@', ')', '\u202e', '\u0000', ' '];
    const content = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string()));
    fc.assert(
      fc.property(content, (words) => {
        for (const part of messageParts(words.join(''))) {
          expect(part.text).not.to.match(/(?![\n\t])\p{Cc}|[\u202a-\u202e]/u);
          if (part.kind === 'link') expect(part.url).to.match(/^https?:\/\/[^/@]+\//);
        }
      }),
    );
  });

  it('take no longer for a text that was made to be slow', () => {
    for (const slow of ['https://a.b/' + '('.repeat(4000), 'https://a.b/' + ')'.repeat(4000)]) {
      const begun = performance.now();
      messageParts(slow);
      expect(performance.now() - begun).to.be.below(500);
    }
  });
});
