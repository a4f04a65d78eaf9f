import { expect } from 'chai';
import {
  readBefore,
  readingFrom,
  unreadOf,
  withHead,
  withRead,
  withSilent,
} from '../../../src/web/model/reading.js';

describe('how far a room was read', () => {
  it('counts messages, and no changes', () => {
    const reading = withSilent(withHead(readingFrom(3, 3), 8), [5, 6]);
    expect(unreadOf(reading)).to.equal(3);
    expect(unreadOf(withSilent(reading, [1, 6, 7])), 'once each').to.equal(2);
    expect(unreadOf(withSilent(reading, [9])), 'one that is newer').to.equal(3);
  });

  it('goes on over the changes that follow what was read', () => {
    const reading = withSilent(withHead(readingFrom(3, 3), 8), [5, 6, 8]);
    expect(withRead(reading, 4)).to.include({ readSeq: 6, headSeq: 8 });
    expect(withRead(reading, 7)).to.include({ readSeq: 8, headSeq: 8 });
    expect(unreadOf(withRead(reading, 7))).to.equal(0);
    expect(withRead(reading, 2), 'not back').to.equal(reading);
  });

  it('has nothing new where there are only changes', () => {
    const reading = withSilent(readingFrom(3, 5), [4, 5]);
    expect(reading).to.include({ readSeq: 5, headSeq: 5 });
    expect(unreadOf(reading)).to.equal(0);
    expect(withSilent(readingFrom(3, 3), [4])).to.include({ readSeq: 4, headSeq: 4 });
  });

  it('begins where an earlier visit has ended, if that is in the same log', () => {
    expect(readBefore({ epoch: 'e', seq: 5 }, 'e', 9)).to.equal(5);
    expect(readBefore({ epoch: 'e', seq: 5 }, 'e', 3)).to.equal(3);
    expect(readBefore({ epoch: 'e', seq: 5 }, 'f', 9)).to.equal(0);
    expect(readBefore(undefined, 'e', 9)).to.equal(9);
  });
});
