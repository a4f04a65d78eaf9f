import { expect } from 'chai';
import { MemoryLog } from '../../../src/store/memory/log.js';
import { all, append, draft } from '../../contract/store.js';

describe('MemoryLog', () => {
  it('removes at most a thousand entries at once', async () => {
    const store = new MemoryLog(1e7);
    await append(store, 'lobby', 2500);
    const tails: number[] = [];
    for (let isMore = true; isMore;) {
      const trimmed = await store.trim({ entriesMax: 10, sinceMs: 0 });
      tails.push(trimmed.rooms[0]!.tailSeq);
      isMore = trimmed.isMore;
    }
    expect(tails).to.deep.equal([1001, 2001, 2491]);
  });
});

describe('MemoryLog, with little memory', () => {
  it('lets the oldest entries of all rooms go when it holds too much', async () => {
    const store = new MemoryLog(100_000);
    await append(store, 'quiet', 10, () => draft('x'.repeat(1000)));
    await append(store, 'busy', 100, () => draft('x'.repeat(1000)));
    expect(await store.state('quiet')).to.include({ headSeq: 10, tailSeq: 11 });
    const { headSeq, tailSeq, entries } = await store.read('busy', all);
    expect(headSeq).to.equal(100);
    expect(entries).to.have.length(headSeq - tailSeq + 1);
    expect(entries.length).to.be.within(85, 99);
  });

  it('goes on where nothing fits', async () => {
    const store = new MemoryLog(1);
    expect((await append(store, 'lobby', 5)).firstSeq).to.equal(1);
    expect((await append(store, 'lobby', 5)).firstSeq).to.equal(6);
    expect(await store.state('lobby')).to.include({ headSeq: 10, tailSeq: 11 });
  });

  it('forgets ids with the entries that it lets go, and those of trimmed ones as well', async () => {
    const store = new MemoryLog(8_000);
    const first = () => draft('first', { id: '1' });
    await append(store, 'lobby', 1, first);
    await append(store, 'lobby', 1);
    await store.trim({ entriesMax: 1, sinceMs: 0 });
    expect((await append(store, 'lobby', 1, first)).notAdded).to.have.length(1);
    await append(store, 'lobby', 100);
    expect(await append(store, 'lobby', 1, first)).to.deep.equal({ firstSeq: 103, notAdded: [] });
  });
});
