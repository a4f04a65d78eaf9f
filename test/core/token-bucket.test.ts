import { expect } from 'chai';
import { TokenBucket } from '../../src/core/token-bucket.js';

describe('TokenBucket', () => {
  it('lets a burst through, then one message per interval', () => {
    const bucket = new TokenBucket(10, 4, 0);
    expect([0, 0, 0, 0].map((nowMs) => bucket.take(nowMs))).to.deep.equal([0, 0, 0, 100]);
    expect(bucket.take(100)).to.equal(100);
    expect(bucket.take(350), 'half a token was left over').to.equal(0);
  });

  it('is full again after a rest, and no fuller than full', () => {
    const bucket = new TokenBucket(10, 4, 0);
    for (let index = 0; index < 4; index += 1) bucket.take(0);
    const waits = Array.from({ length: 4 }, () => bucket.take(1_000_000));
    expect(waits).to.deep.equal([0, 0, 0, 100]);
  });
});
