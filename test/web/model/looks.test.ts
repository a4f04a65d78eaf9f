import { expect } from 'chai';
import { initialOf, toneOf } from '../../../src/web/model/looks.js';

describe('the looks of a name', () => {
  it('are one colour and one letter, however it is written', () => {
    expect(toneOf('Alice')).to.equal(toneOf('alice'));
    expect(initialOf('öre')).to.equal('Ö');
    expect(initialOf('𝒜bc')).to.equal('𝒜');
  });

  it('tell people apart as well as eight colours can', () => {
    const count = new Array<number>(8).fill(0);
    for (let number = 0; number < 800; number += 1) count[toneOf(`guest-${number}`)]! += 1;
    for (const times of count) expect(times).to.be.within(60, 140);
  });
});
