import { expect } from 'chai';
import fc from 'fast-check';
import { Log } from '../../src/core/log.js';
import type { Draft } from '../../src/core/ports.js';

function drafts(count: number, contentChars = 10): Draft[] {
  return Array.from({ length: count }, (_, index) => ({
    id: '',
    author: 'a',
    sender: 'alice',
    content: String(index).padEnd(contentChars, '.'),
    sentAtMs: 0,
  }));
}

/** Reads the log from behind `seq` to its head, batch by batch. */
function readFrom(log: Log, seq: number): number[] {
  const seqs: number[] = [];
  let last = seq;
  for (let batch = log.batchAfter(last); batch !== undefined; batch = log.batchAfter(last)) {
    seqs.push(...batch.entries.map((entry) => entry.seq));
    last = batch.lastSeq;
  }
  return seqs;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe('Log', () => {
  it('numbers messages from 1 without a gap, over all batches', () => {
    const log = new Log('lobby', 1_000_000);
    expect(log.headSeq).to.equal(0);
    expect(log.append(drafts(3)).entries.map((entry) => entry.seq)).to.deep.equal([1, 2, 3]);
    expect(log.append(drafts(2)).entries.map((entry) => entry.seq)).to.deep.equal([4, 5]);
    expect(log.headSeq).to.equal(5);
    expect(readFrom(log, 0)).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it('has nothing behind its head, also when it is empty', () => {
    const log = new Log('lobby', 1000);
    expect(log.batchAfter(0)).to.equal(undefined);
    expect(log.tailSeq).to.equal(1);
    log.append(drafts(1));
    expect(log.batchAfter(1)).to.equal(undefined);
  });

  it('reads on from the end of any batch that it still has, whatever it let go', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 500, max: 50_000 }), (batches, bytesMax) => {
        const log = new Log('lobby', bytesMax);
        const ends = [0, ...batches.map((size) => log.append(drafts(size)).lastSeq)];
        for (const end of ends.filter((seq) => seq >= log.tailSeq - 1)) {
          expect(readFrom(log, end)).to.deep.equal(range(end + 1, log.headSeq));
        }
      }),
    );
  });

  it('lets the oldest batches go when it holds too much, but never the newest', () => {
    const log = new Log('lobby', 10_000);
    for (let index = 0; index < 100; index += 1) log.append(drafts(1, 1000));
    expect(log.headSeq).to.equal(100);
    expect(log.tailSeq).to.equal(100);
    log.append(drafts(1, 100_000));
    expect(log.tailSeq).to.equal(101);
    expect(readFrom(log, 100)).to.deep.equal([101]);
  });
});
