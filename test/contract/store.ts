import { expect } from 'chai';
import fc from 'fast-check';
import { Drafts } from '../../src/core/drafts.js';
import type { Range, Store } from '../../src/core/ports.js';
import { changesContract } from './store-changes.js';
import { all, append, contents, draft, seqs } from './store-drafts.js';
import { checkAgainstModel, expectedIn, ranges, step } from './store-model.js';
import { trimContract } from './store-trim.js';

export { all, append, draft } from './store-drafts.js';

/** A store to be tested, which is new and has room for all that is appended here. */
export interface OpenedStore {
  readonly store: Store;
  /** Closes it and removes what it has kept. */
  readonly remove: () => Promise<void>;
}

/** What every `Store` promises, no more and no less (src/core/ports.ts). */
export function storeContract(open: () => Promise<OpenedStore>): void {
  describe('its log', () => {
    let opened: OpenedStore;
    let store: Store;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });

    afterEach(async () => await opened.remove());

    describe('append', () => {
      it('gives numbers from 1 on without gaps, in the order of calls and of drafts', async () => {
        expect(await append(store, 'lobby', 3)).to.deep.equal({ firstSeq: 1, notAdded: [] });
        expect(await append(store, 'lobby', 2)).to.deep.equal({ firstSeq: 4, notAdded: [] });
        const { entries } = await store.read('lobby', all);
        expect(entries.map((entry) => entry.seq)).to.deep.equal([1, 2, 3, 4, 5]);
      });

      it('answers calls that overlap in their order', async () => {
        const calls = Array.from({ length: 50 }, () => append(store, 'lobby', 2));
        const firstSeqs = (await Promise.all(calls)).map(({ firstSeq }) => firstSeq);
        expect(firstSeqs).to.deep.equal(Array.from({ length: 50 }, (_, index) => 2 * index + 1));
      });

      it('numbers each room by itself, in one call too, and the same room twice', async () => {
        const drafts = [draft('x'), draft('y')];
        const results = await store.append([
          { room: 'a', drafts: Drafts.of(drafts) },
          { room: 'b', drafts: Drafts.of(drafts) },
          { room: 'a', drafts: Drafts.of(drafts) },
        ]);
        expect(results.map(({ firstSeq }) => firstSeq)).to.deep.equal([1, 1, 3]);
        expect(await store.state('a')).to.include({ headSeq: 4, tailSeq: 1 });
        expect(await store.state('b')).to.include({ headSeq: 2, tailSeq: 1 });
      });

      it('keeps each text as it is, whatever its characters', async () => {
        const text = fc.string({ unit: 'binary', maxLength: 40 });
        await fc.assert(
          fc.asyncProperty(text, text, text, fc.uuid(), async (content, sender, author, id) => {
            const sentAtMs = 1_700_000_000_123;
            const [result] = await store.append([
              {
                room: 'lobby',
                drafts: Drafts.of([draft(content, { id, author, sender, sentAtMs })]),
              },
            ]);
            const seq = result!.firstSeq;
            const { entries } = await store.read('lobby', { ...all, seq: seq - 1 });
            expect(entries).to.deep.equal([
              { seq, change: undefined, id, sender, content, sentAtMs, editedAtMs: 0 },
            ]);
          }),
          { numRuns: 50 },
        );
      });

      it('accepts an id of one author in one room once, and says what has it', async () => {
        const first = draft('hello', { id: '1', sentAtMs: 1000 });
        await store.append([{ room: 'lobby', drafts: Drafts.of([draft('before'), first]) }]);
        const again = draft('hello', { id: '1', sentAtMs: 2000 });
        const other = draft('other', { id: '1', sentAtMs: 3000 });
        const [result] = await store.append([
          { room: 'lobby', drafts: Drafts.of([again, draft('new'), other]) },
        ]);
        expect(result).to.deep.equal({
          firstSeq: 3,
          notAdded: [
            { index: 0, kind: 'repeated', seq: 2, sentAtMs: 1000, isSame: true },
            { index: 2, kind: 'repeated', seq: 2, sentAtMs: 1000, isSame: false },
          ],
        });
        expect(contents(await store.read('lobby', all))).to.deep.equal(['before', 'hello', 'new']);
      });

      it('accepts it once within one call, too', async () => {
        const drafts = [draft('a', { id: '1' }), draft('a', { id: '1' }), draft('b', { id: '1' })];
        const [first, second] = await store.append([
          { room: 'lobby', drafts: Drafts.of(drafts) },
          { room: 'lobby', drafts: Drafts.of([draft('a', { id: '1' })]) },
        ]);
        expect(first).to.deep.equal({
          firstSeq: 1,
          notAdded: [
            { index: 1, kind: 'repeated', seq: 1, sentAtMs: 0, isSame: true },
            { index: 2, kind: 'repeated', seq: 1, sentAtMs: 0, isSame: false },
          ],
        });
        expect(second).to.deep.equal({
          firstSeq: 2,
          notAdded: [{ index: 0, kind: 'repeated', seq: 1, sentAtMs: 0, isSame: true }],
        });
      });

      it('takes the same id from other authors and in other rooms', async () => {
        const mine = draft('a', { id: '1' });
        const theirs = draft('a', { id: '1', author: 'bob' });
        const results = await store.append([
          { room: 'a', drafts: Drafts.of([mine, theirs]) },
          { room: 'b', drafts: Drafts.of([mine]) },
        ]);
        expect(results.flatMap(({ notAdded }) => notAdded)).to.be.empty;
      });

      it('takes all drafts without an id for different ones', async () => {
        await append(store, 'lobby', 2, () => draft('same'));
        await append(store, 'lobby', 2, () => draft('same'));
        expect(await store.state('lobby')).to.include({ headSeq: 4, tailSeq: 1 });
      });
    });

    describe('read and state', () => {
      it('find a room that was never used empty, at head 0 and tail 1', async () => {
        expect(await store.state('nowhere')).to.include({ headSeq: 0, tailSeq: 1 });
        const { entries, damaged, ...state } = await store.read('nowhere', all);
        expect([entries, damaged]).to.deep.equal([[], undefined]);
        expect(state).to.deep.equal(await store.state('nowhere'));
      });

      it('see every append that has settled', async () => {
        for (let count = 1; count <= 50; count += 1) {
          await append(store, 'lobby', 1);
          const [state, slice] = await Promise.all([
            store.state('lobby'),
            store.read('lobby', { ...all, seq: count - 1 }),
          ]);
          expect([state.headSeq, slice.headSeq, seqs(slice)]).to.deep.equal([
            count,
            count,
            [count],
          ]);
        }
      });

      it('tell the epoch, also of a room that is not there yet: it begins in that', async () => {
        const { epoch } = await store.state('lobby');
        expect(epoch).to.match(/^[\w-]{8,64}$/);
        await append(store, 'lobby', 3);
        await append(store, 'other', 1);
        await store.trim({ entriesMax: 1, sinceMs: 0 });
        expect((await store.state('lobby')).epoch).to.equal(epoch);
        expect((await store.read('lobby', all)).epoch).to.equal(epoch);
      });

      it('read any range as an array would give it', async () => {
        const sizes = [1, 7, 2, 30, 1, 1, 9];
        for (const size of sizes) await append(store, 'lobby', size);
        const whole = (await store.read('lobby', all)).entries;
        expect(whole).to.have.length(51);
        await fc.assert(
          fc.asyncProperty(ranges(60), async (range) => {
            const slice = await store.read('lobby', range);
            expect(slice.entries).to.deep.equal(expectedIn(whole, range));
          }),
        );
      });

      it('bound what is read by its characters, but read one entry in any case', async () => {
        await append(store, 'lobby', 5, () => draft('x'.repeat(100)));
        const read = async (range: Partial<Range>) =>
          seqs(await store.read('lobby', { ...all, ...range }));
        expect(await read({ charsMax: 299 })).to.deep.equal([1, 2]);
        expect(await read({ charsMax: 300 })).to.deep.equal([1, 2, 3]);
        expect(await read({ charsMax: 1 })).to.deep.equal([1]);
        const before = { seq: 6, direction: 'before' } as const;
        expect(await read({ ...before, charsMax: 299 })).to.deep.equal([4, 5]);
        expect(await read({ ...before, charsMax: 1 })).to.deep.equal([5]);
      });
    });

    describe('probe', () => {
      it('settles where appends do, and changes nothing', async () => {
        await store.probe();
        await append(store, 'lobby', 3, (index) => draft(`m${index}`, { id: String(index) }));
        const before = await store.read('lobby', all);
        for (let count = 0; count < 10; count += 1) await store.probe();
        expect(await store.read('lobby', all)).to.deep.equal(before);
        expect(await store.state('nowhere')).to.include({ headSeq: 0, tailSeq: 1 });
        const drafts = [draft('m0', { id: '0' }), draft('new')];
        const [result] = await store.append([{ room: 'lobby', drafts: Drafts.of(drafts) }]);
        expect(result).to.deep.equal({
          firstSeq: 4,
          notAdded: [{ index: 0, kind: 'repeated', seq: 1, sentAtMs: 0, isSame: true }],
        });
      });

      it('may overlap with everything else', async () => {
        const calls = Array.from({ length: 20 }, async () => {
          const [appended] = await Promise.all([
            append(store, 'lobby', 2),
            store.probe(),
            store.state('lobby'),
            store.trim({ entriesMax: 5, sinceMs: 0 }),
          ]);
          return appended.firstSeq;
        });
        const firstSeqs = await Promise.all(calls);
        expect(firstSeqs).to.deep.equal(Array.from({ length: 20 }, (_, index) => 2 * index + 1));
      });
    });

    trimContract(() => store);
    changesContract(() => store);

    it('agrees with a simple model, whatever is appended, trimmed and read', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const fresh = await open();
          try {
            await checkAgainstModel(fresh.store, steps);
          } finally {
            await fresh.remove();
          }
        }),
        { numRuns: 40 },
      );
    });

    it('has epochs of its own', async () => {
      const other = await open();
      const epochOf = async (one: Store): Promise<string> => (await one.state('lobby')).epoch;
      expect(await epochOf(other.store)).not.to.equal(await epochOf(store));
      await other.remove();
    });
  });
}
