import { expect } from 'chai';
import fc from 'fast-check';
import type { Draft, Range, Slice, Store } from '../../src/core/ports.js';
import { checkAgainstModel, expectedIn, ranges, step } from './store-model.js';

/** A store to be tested, and what may be done with it. */
export interface OpenedStore {
  readonly store: Store;
  /** Opens it anew, where it is durable; the one before is closed. */
  readonly reopen?: () => Promise<Store>;
  /** Closes the store and removes it from the disk. */
  readonly remove: () => Promise<void>;
}

/**
 * What every `Store` promises (src/core/ports.ts). `open` opens one that is new and has
 * room for all that is appended here; whether it is durable, so that it can be reopened,
 * says `isDurable`.
 */
export function storeContract(
  name: string,
  open: () => Promise<OpenedStore>,
  isDurable: boolean,
): void {
  describe(name, () => {
    let opened: OpenedStore;
    let store: Store;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });

    afterEach(async () => await opened.remove());

    describe('append', () => {
      it('gives numbers from 1 on without gaps, in the order of calls and of drafts', async () => {
        expect(await append(store, 'lobby', 3)).to.deep.equal({ firstSeq: 1, repeated: [] });
        expect(await append(store, 'lobby', 2)).to.deep.equal({ firstSeq: 4, repeated: [] });
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
          { room: 'a', drafts },
          { room: 'b', drafts },
          { room: 'a', drafts },
        ]);
        expect(results.map(({ firstSeq }) => firstSeq)).to.deep.equal([1, 1, 3]);
        expect(await store.state('a')).to.deep.equal({ headSeq: 4, tailSeq: 1 });
        expect(await store.state('b')).to.deep.equal({ headSeq: 2, tailSeq: 1 });
      });

      it('keeps each text as it is, whatever its characters', async () => {
        const text = fc.string({ unit: 'binary', maxLength: 40 });
        await fc.assert(
          fc.asyncProperty(text, text, text, fc.uuid(), async (content, sender, author, id) => {
            const sentAtMs = 1_700_000_000_123;
            const [result] = await store.append([
              { room: 'lobby', drafts: [{ id, author, sender, content, sentAtMs }] },
            ]);
            const seq = result!.firstSeq;
            const { entries } = await store.read('lobby', { ...all, seq: seq - 1 });
            expect(entries).to.deep.equal([{ seq, id, sender, content, sentAtMs }]);
          }),
          { numRuns: 50 },
        );
      });

      it('accepts an id of one author in one room once, and says what has it', async () => {
        const first = draft('hello', { id: '1', sentAtMs: 1000 });
        await store.append([{ room: 'lobby', drafts: [draft('before'), first] }]);
        const again = draft('hello', { id: '1', sentAtMs: 2000 });
        const other = draft('other', { id: '1', sentAtMs: 3000 });
        const [result] = await store.append([
          { room: 'lobby', drafts: [again, draft('new'), other] },
        ]);
        expect(result).to.deep.equal({
          firstSeq: 3,
          repeated: [
            { index: 0, seq: 2, sentAtMs: 1000, isSame: true },
            { index: 2, seq: 2, sentAtMs: 1000, isSame: false },
          ],
        });
        expect(contents(await store.read('lobby', all))).to.deep.equal(['before', 'hello', 'new']);
      });

      it('accepts it once within one call, too', async () => {
        const drafts = [draft('a', { id: '1' }), draft('a', { id: '1' }), draft('b', { id: '1' })];
        const [first, second] = await store.append([
          { room: 'lobby', drafts },
          { room: 'lobby', drafts: [draft('a', { id: '1' })] },
        ]);
        expect(first).to.deep.equal({
          firstSeq: 1,
          repeated: [
            { index: 1, seq: 1, sentAtMs: 0, isSame: true },
            { index: 2, seq: 1, sentAtMs: 0, isSame: false },
          ],
        });
        expect(second).to.deep.equal({
          firstSeq: 2,
          repeated: [{ index: 0, seq: 1, sentAtMs: 0, isSame: true }],
        });
      });

      it('takes the same id from other authors and in other rooms', async () => {
        const mine = draft('a', { id: '1' });
        const theirs = draft('a', { id: '1', author: 'bob' });
        const results = await store.append([
          { room: 'a', drafts: [mine, theirs] },
          { room: 'b', drafts: [mine] },
        ]);
        expect(results.flatMap(({ repeated }) => repeated)).to.be.empty;
      });

      it('takes all drafts without an id for different ones', async () => {
        await append(store, 'lobby', 2, () => draft('same'));
        await append(store, 'lobby', 2, () => draft('same'));
        expect(await store.state('lobby')).to.deep.equal({ headSeq: 4, tailSeq: 1 });
      });
    });

    describe('read and state', () => {
      it('find a room that was never used empty, at head 0 and tail 1', async () => {
        expect(await store.state('nowhere')).to.deep.equal({ headSeq: 0, tailSeq: 1 });
        const empty = { headSeq: 0, tailSeq: 1, entries: [] };
        expect(await store.read('nowhere', all)).to.deep.equal(empty);
      });

      it('see what has been appended, without waiting for it', async () => {
        const calls = [append(store, 'lobby', 1), store.state('lobby')] as const;
        expect((await Promise.all(calls))[1]).to.deep.equal({ headSeq: 1, tailSeq: 1 });
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
        expect(await store.state('nowhere')).to.deep.equal({ headSeq: 0, tailSeq: 1 });
        const drafts = [draft('m0', { id: '0' }), draft('new')];
        const [result] = await store.append([{ room: 'lobby', drafts }]);
        expect(result).to.deep.equal({
          firstSeq: 4,
          repeated: [{ index: 0, seq: 1, sentAtMs: 0, isSame: true }],
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

    describe('trim', () => {
      it('removes nothing where all is to be kept', async () => {
        await append(store, 'lobby', 10);
        const nothing = { rooms: [], isMore: false };
        expect(await store.trim({ entriesMax: 0, sinceMs: 0 })).to.deep.equal(nothing);
        expect(await store.trim({ entriesMax: 10, sinceMs: 0 })).to.deep.equal(nothing);
      });

      it('keeps the newest entries, and says from where', async () => {
        await append(store, 'long', 10);
        await append(store, 'short', 3);
        expect(await store.trim({ entriesMax: 4, sinceMs: 0 })).to.deep.equal({
          rooms: [{ room: 'long', tailSeq: 7 }],
          isMore: false,
        });
        expect(seqs(await store.read('long', all))).to.deep.equal([7, 8, 9, 10]);
        expect(await store.state('long')).to.deep.equal({ headSeq: 10, tailSeq: 7 });
        expect(await store.state('short')).to.deep.equal({ headSeq: 3, tailSeq: 1 });
      });

      it('goes on with what was appended since', async () => {
        await append(store, 'lobby', 10);
        await store.trim({ entriesMax: 5, sinceMs: 0 });
        await append(store, 'lobby', 2);
        await append(store, 'other', 6);
        const { rooms } = await store.trim({ entriesMax: 5, sinceMs: 0 });
        expect(rooms).to.have.deep.members([
          { room: 'lobby', tailSeq: 8 },
          { room: 'other', tailSeq: 2 },
        ]);
        expect((await store.trim({ entriesMax: 2, sinceMs: 0 })).rooms).to.have.deep.members([
          { room: 'lobby', tailSeq: 11 },
          { room: 'other', tailSeq: 5 },
        ]);
      });

      it('removes what is too old, up to the first entry that is not', async () => {
        const times = [100, 200, 300, 200, 400];
        await append(store, 'lobby', 5, (index) => draft('x', { sentAtMs: times[index]! }));
        await append(store, 'newer', 1, () => draft('x', { sentAtMs: 350 }));
        expect((await store.trim({ entriesMax: 0, sinceMs: 250 })).rooms).to.deep.equal([
          { room: 'lobby', tailSeq: 3 },
        ]);
        expect((await store.trim({ entriesMax: 2, sinceMs: 250 })).rooms).to.deep.equal([
          { room: 'lobby', tailSeq: 5 },
        ]);
      });

      it('may remove all, and the numbers go on', async () => {
        await append(store, 'lobby', 3, () => draft('x', { sentAtMs: 100 }));
        await store.trim({ entriesMax: 0, sinceMs: 101 });
        const empty = { headSeq: 3, tailSeq: 4 };
        expect(await store.read('lobby', all)).to.deep.equal({ ...empty, entries: [] });
        expect(await append(store, 'lobby', 1)).to.deep.equal({ firstSeq: 4, repeated: [] });
        expect(await store.state('lobby')).to.deep.equal({ headSeq: 4, tailSeq: 4 });
        expect((await store.trim({ entriesMax: 0, sinceMs: 101 })).rooms).to.deep.equal([
          { room: 'lobby', tailSeq: 5 },
        ]);
      });

      it('begins what is read below the tail at the tail', async () => {
        await append(store, 'lobby', 10);
        await store.trim({ entriesMax: 3, sinceMs: 0 });
        const { tailSeq, entries } = await store.read('lobby', { ...all, seq: 2, entriesMax: 2 });
        expect(tailSeq).to.equal(8);
        expect(entries.map(({ seq }) => seq)).to.deep.equal([8, 9]);
        const before = await store.read('lobby', { ...all, seq: 8, direction: 'before' });
        expect(before.entries).to.be.empty;
      });

      it('leaves the ids of removed entries known', async () => {
        const drafts = [draft('a', { id: '1', sentAtMs: 100 }), draft('b', { sentAtMs: 200 })];
        await store.append([{ room: 'lobby', drafts }]);
        await store.trim({ entriesMax: 1, sinceMs: 0 });
        const [result] = await store.append([
          { room: 'lobby', drafts: [draft('a', { id: '1' }), draft('x', { id: '1' }), draft('c')] },
        ]);
        expect(result).to.deep.equal({
          firstSeq: 3,
          repeated: [
            { index: 0, seq: 1, sentAtMs: 100, isSame: true },
            { index: 1, seq: 1, sentAtMs: 100, isSame: false },
          ],
        });
      });

      it('removes much in several calls, while others append', async () => {
        await append(store, 'lobby', 5000);
        let calls = 0;
        let isMore = true;
        for (; isMore; calls += 1) {
          const appending = append(store, 'lobby', 1);
          ({ isMore } = await store.trim({ entriesMax: 10, sinceMs: 0 }));
          await appending;
        }
        expect(calls).to.be.greaterThan(2);
        const { headSeq, tailSeq } = await store.state('lobby');
        expect(headSeq).to.equal(5000 + calls);
        expect(tailSeq).to.equal(headSeq - 9);
      });
    });

    it('agrees with a simple model, whatever is appended, trimmed and read', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const fresh = await open();
          try {
            await checkAgainstModel(fresh, steps);
          } finally {
            await fresh.remove();
          }
        }),
        { numRuns: 40 },
      );
    });

    const survives = isDurable ? it : () => {};
    survives('keeps everything when it is opened anew, ids included', async () => {
      await append(store, 'lobby', 3, (index) => draft(`m${index}`, { id: String(index) }));
      await store.trim({ entriesMax: 2, sinceMs: 0 });
      const before = await store.read('lobby', all);
      const reopened = await opened.reopen!();
      expect(reopened.epoch).to.equal(store.epoch);
      expect(await reopened.read('lobby', all)).to.deep.equal(before);
      const drafts = [0, 1, 2, 3].map((index) => draft(`m${index}`, { id: String(index) }));
      const [result] = await reopened.append([{ room: 'lobby', drafts }]);
      expect(result!.firstSeq).to.equal(4);
      expect(result!.repeated.map(({ index, isSame }) => [index, isSame])).to.deep.equal([
        [0, true],
        [1, true],
        [2, true],
      ]);
    });

    it('has an epoch of its own', async () => {
      const other = await open();
      expect(other.store.epoch).not.to.equal(store.epoch);
      expect(store.epoch).to.match(/^[\w-]{8,64}$/);
      await other.remove();
    });
  });
}

/** A draft of alice's, without an id, sent in 1970. */
export function draft(content: string, fields: Partial<Draft> = {}): Draft {
  return { id: '', author: 'alice', sender: 'alice', content, sentAtMs: 0, ...fields };
}

/** Appends so many drafts to one room. */
export async function append(
  store: Store,
  room: string,
  count: number,
  make: (index: number) => Draft = (index) => draft(`message ${index}`),
) {
  const drafts = Array.from({ length: count }, (_, index) => make(index));
  return (await store.append([{ room, drafts }]))[0]!;
}

/** Everything that a room has. */
export const all: Range = { seq: 0, direction: 'after', entriesMax: 1e6, charsMax: 1e9 };

function seqs({ entries }: Slice): number[] {
  return entries.map(({ seq }) => seq);
}

function contents({ entries }: Slice): string[] {
  return entries.map(({ content }) => content);
}
