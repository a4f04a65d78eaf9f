import { expect } from 'chai';
import { mentions } from '../../../src/web/model/mention.js';

describe('a mention', () => {
  it('is the name as a word, with or without an @, in whatever case', () => {
    for (const text of [
      'alice',
      '@alice',
      'hi Alice!',
      'is ALICE. there',
      'alice: look',
      '(alice)',
    ]) {
      expect(mentions(text, 'alice'), text).to.equal(true);
    }
    expect(mentions('hallo Jürgen', 'jürgen')).to.equal(true);
    expect(mentions('ask c.d-e', 'c.d-e')).to.equal(true);
  });

  it('is not a part of another name or word', () => {
    for (const text of [
      'malice',
      'alices',
      'alice.b',
      'alice-2',
      'not-alice',
      'alice_',
      'alicé',
      '',
    ]) {
      expect(mentions(text, 'alice'), text).to.equal(false);
    }
    expect(mentions('cxd-e', 'c.d-e')).to.equal(false);
    expect(mentions('anything', '')).to.equal(false);
  });
});
