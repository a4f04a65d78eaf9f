import { expect } from 'chai';
import { crash } from './run.js';

// "No crash takes it back": chat.proto, 5.3.
describe('the server program, killed again and again', () => {
  it('keeps what it has acked, and its readers miss nothing and get nothing twice', async function () {
    this.timeout(240_000); // longer than a step of it may take, which then says what it waited for
    const seed = Date.now() % 1_000_000_000;
    const result = await crash({ kills: 8, seed, msBetween: [100, 700], keepEvidence: false });
    expect(result.problemTexts, `seed ${seed}`).to.deep.equal([]);
    expect(result.kills).to.equal(8);
    expect(result.acked).to.be.greaterThan(0);
    expect(result.resumed).to.be.greaterThan(0);
  });
});
