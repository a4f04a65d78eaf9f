import { expect } from 'chai';
import { defaultLimits } from '../../src/protocol/limits.js';
import { isRoomName, nameKey, normalizedName } from '../../src/protocol/names.js';

describe('names', () => {
  it('takes letters and digits of any script, and dots, dashes and underscores after the first', () => {
    for (const name of [
      'alice',
      'A',
      '7of9',
      'jean-luc',
      'a.b_c',
      'Zoë',
      '太郎',
      'नमस्ते',
      'x'.repeat(32),
    ]) {
      expect(normalizedName(name, defaultLimits), name).to.equal(name);
    }
  });

  it('refuses what could be mistaken for something else on a line', () => {
    const bad = [
      '',
      ' ',
      'a b',
      '-a',
      '.a',
      'a:',
      '[a]',
      'a\nb',
      'a\u202eb',
      'x'.repeat(33),
      '😀',
      'a\u0316\u0316\u0316',
      '\u0301'.repeat(30_000),
    ];
    for (const name of bad) expect(normalizedName(name, defaultLimits), name).to.equal(undefined);
  });

  it('keeps the names of guests for the server', () => {
    for (const name of ['guest-1', 'Guest-x', 'GUEST-', 'ｇuest-1']) {
      expect(normalizedName(name, defaultLimits), name).to.equal(undefined);
    }
    expect(normalizedName('guest', defaultLimits)).to.equal('guest');
  });

  it('refuses characters that are not drawn, as names would look alike', () => {
    for (const code of [0x34f, 0xfe0f, 0xe0101, 0x3164, 0x115f, 0x200d]) {
      const invisible = String.fromCodePoint(code);
      for (const name of [
        `al${invisible}ice`,
        `alice${invisible}`,
        `${invisible}alice`,
        invisible,
      ]) {
        expect(normalizedName(name, defaultLimits), code.toString(16)).to.equal(undefined);
      }
    }
    expect(normalizedName('g\u034fuest-7', defaultLimits)).to.equal(undefined);
  });

  it('takes names for the same that differ in case or in how they are composed', () => {
    expect(nameKey('Alice')).to.equal(nameKey('aLICE'));
    expect(nameKey('Zoe\u0308')).to.equal(nameKey('zo\u00eb'));
    expect(normalizedName('Zoe\u0308', defaultLimits)).to.equal('Zo\u00eb');
  });

  it('takes room names that are safe as file names', () => {
    for (const name of ['lobby', 'a', '0', 'a.b-c_d', 'x'.repeat(64)]) {
      expect(isRoomName(name, defaultLimits), name).to.equal(true);
    }
    for (const name of ['', '.', '..', '../a', 'a/b', 'A', 'ü', 'a b', 'a\n', 'x'.repeat(65)]) {
      expect(isRoomName(name, defaultLimits), name).to.equal(false);
    }
  });
});
