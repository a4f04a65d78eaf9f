import { expect } from 'chai';
import fc from 'fast-check';
import { Drafts } from '../../src/core/drafts.js';
import { BatchCache } from '../../src/core/batch-cache.js';
import { Log } from '../../src/core/log.js';
import { Entries } from '../../src/core/entries.js';
import type { Draft } from '../../src/core/ports.js';
import { MemoryLog } from '../../src/store/memory/log.js';

const room = 'lobby';

function drafts(count: number): Draft[] {
  return Array.from({ length: count }, (_, index) => ({
    change: undefined,
    id: '',
    author: 'a',
    sender: 'alice',
    content: String(index),
    sentAtMs: 0,
  }));
}

/** A log with a store behind it, and a cache of that size. */
async function openLog(cacheBytesMax: number, store = new MemoryLog(1e9)) {
  const log = new Log(room, await store.state(room), store, new BatchCache(cacheBytesMax));
  const append = async (count: number): Promise<void> => {
    const appended = Drafts.of(drafts(count));
    const [result] = await store.append([{ room, drafts: appended }]);
    log.append(Entries.ofDrafts(appended, result!.firstSeq));
  };
  return { log, store, append };
}

/** Reads the log after `seq` to its head; what is missing shows in the numbers. */
async function readFrom(log: Log, seq: number): Promise<number[]> {
  const seqs: number[] = [];
  for (let last = seq; last < log.headSeq;) {
    const batch = log.inMemory(last) ?? (await log.load(last))?.batch;
    if (batch === undefined) break;
    for (const entry of batch.after(last).entries) seqs.push(entry.seq);
    last = batch.lastSeq;
  }
  return seqs;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe('Log', () => {
  it('reads on after any entry, whatever is in memory and whatever only in the store', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 });
    const cacheBytes = fc.integer({ min: 1, max: 500_000 });
    await fc.assert(
      fc.asyncProperty(sizes, cacheBytes, fc.nat(), async (batches, bytesMax, from) => {
        const { log, append } = await openLog(bytesMax);
        for (const size of batches) await append(size);
        const seq = from % (log.headSeq + 1);
        expect(await readFrom(log, seq)).to.deep.equal(range(seq + 1, log.headSeq));
      }),
      { numRuns: 50 },
    );
  });

  it('goes on where the store stands', async () => {
    const { store, append } = await openLog(1e6);
    await append(5);
    const { log } = await openLog(1e6, store);
    expect([log.headSeq, log.tailSeq]).to.deep.equal([5, 1]);
    expect(await readFrom(log, 2)).to.deep.equal([3, 4, 5]);
  });

  it('keeps the newest batches in memory, as long as the cache has room for them', async () => {
    const { log, append } = await openLog(3000);
    for (let index = 0; index < 100; index += 1) await append(1);
    expect(log.inMemory(99)?.firstSeq).to.equal(100);
    expect(log.inMemory(0)).to.equal(undefined);
  });

  it('reads a piece once for all who ask for it, and keeps it', async () => {
    const { store, append } = await openLog(1e6);
    await append(300);
    const { log } = await openLog(1e6, store);
    const [first, second] = await Promise.all([log.load(10), log.load(10)]);
    expect(first).to.equal(second);
    expect(log.inMemory(10)).to.equal(first!.batch);
  });

  it('lets readers who began in different places share the pieces that follow', async () => {
    const { store, append } = await openLog(1e6);
    await append(1000);
    const { log } = await openLog(1e6, store);
    const [one, other] = [await log.load(10), await log.load(200)];
    expect(one!.batch!.lastSeq).to.equal(other!.batch!.lastSeq);
  });

  it('has what is left when the rest has expired, and nothing when all has', async () => {
    const { log, store, append } = await openLog(1);
    await append(10);
    await store.trim({ entriesMax: 3, sinceMs: 0 });
    expect((await log.load(0))?.batch?.firstSeq).to.equal(8);
    expect(log.tailSeq).to.equal(8);
    await store.trim({ entriesMax: 0, sinceMs: 1 });
    expect(await log.load(0)).to.equal(undefined);
    expect(log.tailSeq).to.equal(11);
  });

  describe('when a message is removed', () => {
    const message: Draft = drafts(1)[0]!;
    const edit: Draft = { ...message, change: { kind: 'edit', targetSeq: 1 }, content: 'edited' };
    const removal: Draft = { ...message, change: { kind: 'removal', targetSeq: 1 }, content: '' };

    /** Appends a draft to the store and to the log. */
    async function add(log: Log, store: MemoryLog, draft: Draft): Promise<void> {
      const appended = Drafts.of([draft]);
      const [result] = await store.append([{ room, drafts: appended }]);
      log.append(Entries.ofDrafts(appended, result!.firstSeq));
    }

    it('gives no text of it to who reads what was read from the store before', async () => {
      const { log, store } = await openLog(1);
      await add(log, store, message);
      await add(log, store, edit);
      let goOn = (): void => {};
      const isHeld = new Promise<void>((resolve) => (goOn = resolve));
      const read = store.read.bind(store);
      store.read = async (...args) => {
        const slice = await read(...args);
        await isHeld;
        return slice;
      };
      const reading = log.reading();
      const page = store.read(room, { seq: 0, direction: 'after', entriesMax: 9, charsMax: 1e6 });
      const loading = log.load(0);
      await add(log, store, removal);
      goOn();
      const { entries } = (await loading)!.batch!;
      for (const list of [[...entries], reading.current((await page).entries)]) {
        expect(list.map(({ content }) => content)).to.deep.equal(['', '']);
        expect(list.every(({ change }) => change?.kind === 'removal')).to.equal(true);
      }
      reading.end();
    });

    it('has no text of its edits, also where one is in memory twice and was forgotten once', async () => {
      const store = new MemoryLog(1e9);
      const cache = new BatchCache(1e6);
      const log = new Log(room, await store.state(room), store, cache);
      await add(log, store, message);
      await add(log, store, edit);
      const first = log.inMemory(0)!;
      const second = log.inMemory(1)!;
      log.forget(first);
      // Goes on beyond what was forgotten.
      const { batch } = (await log.load(0))!;
      expect(batch!.entries).to.have.length(2);
      log.forget(second);
      await add(log, store, removal);
      const contents = Array.from(log.inMemory(0)!.entries, ({ content }) => content);
      expect(contents).to.deep.equal(['', '']);
    });
  });
});
