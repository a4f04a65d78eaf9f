import { expect } from 'chai';
import { startIn } from '../../src/core/read-start.js';
import { GapReason } from '../../src/protocol/messages.js';

/** The messages 5 to 9 are kept. */
const log = { epoch: 'now', headSeq: 9, tailSeq: 5, topic: '' };

function last(count: number) {
  return startIn(log, { $case: 'last', last: count });
}

function after(seq: number, epoch = 'now') {
  return startIn(log, { $case: 'after', after: { epoch, seq } });
}

describe('where a reader starts', () => {
  it('is the head, unless it asks for more', () => {
    expect(startIn(log, undefined)).to.deep.equal({ seq: 9 });
  });

  it('is so many messages before the head, or as many as there are', () => {
    expect(last(0)).to.deep.equal({ seq: 9 });
    expect(last(2)).to.deep.equal({ seq: 7 });
    expect(last(5)).to.deep.equal({ seq: 4 });
    expect(last(1000)).to.deep.equal({ seq: 4 });
  });

  it('is where it has been, and what has expired since is a gap', () => {
    expect(after(9)).to.deep.equal({ seq: 9 });
    expect(after(4)).to.deep.equal({ seq: 4 });
    const gap = { fromSeq: 4, reason: GapReason.GAP_REASON_EXPIRED };
    expect(after(3)).to.deep.equal({ seq: 4, gap });
  });

  it('is the beginning, with a gap, for a position of another epoch or beyond the head', () => {
    const start = { seq: 4, gap: { fromSeq: 1, reason: GapReason.GAP_REASON_EPOCH } };
    expect(after(7, 'before')).to.deep.equal(start);
    expect(after(10)).to.deep.equal(start);
  });

  it('is a number alone where no epoch is named, at most the head', () => {
    expect(after(7, '')).to.deep.equal({ seq: 7 });
    expect(after(100, '')).to.deep.equal({ seq: 9 });
  });

  it('is the head of a room that was never used', () => {
    const unused = { epoch: 'now', headSeq: 0, tailSeq: 1, topic: '' };
    expect(startIn(unused, { $case: 'last', last: 10 })).to.deep.equal({ seq: 0 });
    expect(startIn(unused, undefined)).to.deep.equal({ seq: 0 });
  });
});
