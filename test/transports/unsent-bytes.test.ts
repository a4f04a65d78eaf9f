import { expect } from 'chai';
import { MemoryBudget } from '../../src/core/memory.js';
import { UnsentBytes } from '../../src/transports/unsent-bytes.js';
import { WaitingBytes } from '../../src/transports/waiting-bytes.js';
import { ManualTime } from '../support/manual-time.js';

describe('UnsentBytes', () => {
  it('keeps what the socket may hold, which is the last of what it was given', () => {
    const memory = new MemoryBudget(1e9, new ManualTime());
    const unsent = new UnsentBytes(new WaitingBytes(memory));
    for (let count = 0; count < 1000; count += 1) {
      unsent.push(new Uint8Array(100));
      // It never takes all, so that nobody is told of its being empty.
      unsent.keepLast(150);
      expect(memory.bytes).to.be.within(100, 200);
    }
    unsent.keepLast(1);
    expect(memory.bytes).to.equal(100);
    unsent.keepLast(0);
    expect(memory.bytes).to.equal(0);
  });
});
