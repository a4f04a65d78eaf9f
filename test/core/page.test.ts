import { expect } from 'chai';
import { pageOf, rangeOf, weightOfPage } from '../../src/core/page.js';
import type { Entry, Slice } from '../../src/core/ports.js';
import { FrameWriter } from '../../src/protocol/frame-writer.js';

const limits = { pageMessagesMax: 50, frameBytesMax: 1000 };
const before = { seq: 8, direction: 'before', entriesMax: 50, charsMax: 1000 } as const;
const after = { seq: 0, direction: 'after', entriesMax: 50, charsMax: 1000 } as const;

/** The entries from one seq to another, of a log that begins at 1 and ends at 9. */
function slice(from: number, to: number, content = 'hi'): Slice {
  const entries = Array.from({ length: to - from + 1 }, (_, index): Entry => {
    const seq = from + index;
    return { seq, change: undefined, id: '', sender: 'alice', content, sentAtMs: 0, editedAtMs: 0 };
  });
  return { epoch: 'e', headSeq: 9, tailSeq: 1, topic: '', entries, damaged: undefined };
}

function pageIn(range: typeof before | typeof after, read: Slice) {
  const page = pageOf('dev', range, read, limits.frameBytesMax);
  return { ...page, messages: page.messages.map(({ seq }) => seq) };
}

describe('a page', () => {
  it('is read next to the edge that was asked for, the newest messages if to none', () => {
    const common = { entriesMax: 50, charsMax: 1000 };
    expect(rangeOf({ room: '', edge: { $case: 'before', before: 8 }, limit: 0 }, limits)).to.eql({
      ...common,
      seq: 8,
      direction: 'before',
    });
    expect(rangeOf({ room: '', edge: { $case: 'after', after: 3 }, limit: 0 }, limits)).to.eql({
      ...common,
      seq: 3,
      direction: 'after',
    });
    const { seq, direction } = rangeOf({ room: '', edge: undefined, limit: 0 }, limits);
    expect([seq > 2 ** 50, direction]).to.deep.equal([true, 'before']);
  });

  it('has as many messages as were asked for, and no more than the limit', () => {
    const entriesMax = (limit: number): number =>
      rangeOf({ room: '', edge: undefined, limit }, limits).entriesMax;
    expect([0, 7, 50, 51].map(entriesMax)).to.deep.equal([50, 7, 50, 50]);
  });

  it('is in ascending order, and says whether it reaches the end of the log', () => {
    expect(pageIn(after, slice(1, 3))).to.deep.include({ messages: [1, 2, 3], end: false });
    expect(pageIn(after, slice(7, 9))).to.deep.include({ messages: [7, 8, 9], end: true });
    expect(pageIn(before, slice(5, 7))).to.deep.include({ messages: [5, 6, 7], end: false });
    expect(pageIn(before, slice(1, 2))).to.deep.include({ messages: [1, 2], end: true });
    expect(pageIn(after, slice(1, 0))).to.deep.include({ messages: [], end: true });
    expect(pageIn(before, slice(1, 0))).to.deep.include({ messages: [], end: true });
  });

  it('fits in a frame: what is farthest from the edge is left out', () => {
    const long = slice(1, 7, 'x'.repeat(200));
    const fromTheStart = pageIn(after, long);
    const fromTheEnd = pageIn(before, long);
    expect(fromTheStart.messages).to.deep.equal([1, 2, 3]);
    expect(fromTheEnd.messages).to.deep.equal([5, 6, 7]);
    expect(fromTheStart.end || fromTheEnd.end).to.equal(false);
    const writer = new FrameWriter();
    writer.page('', pageOf('dev', before, long, limits.frameBytesMax));
    expect(writer.bytes).to.be.at.most(limits.frameBytesMax);
  });

  it('has one message at least, however long that is', () => {
    expect(pageIn(before, slice(6, 7, 'x'.repeat(2000))).messages).to.deep.equal([7]);
  });

  it('counts by its messages and by their length', () => {
    expect(weightOfPage(slice(1, 9))).to.equal(0);
    expect(weightOfPage(slice(1, 150))).to.equal(3);
    expect(weightOfPage(slice(1, 2, 'x'.repeat(8192)))).to.equal(2);
  });
});
