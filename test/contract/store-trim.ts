import { expect } from 'chai';
import { Drafts } from '../../src/core/drafts.js';
import type { Store } from '../../src/core/ports.js';
import { all, append, draft, seqs, trimAll } from './store-drafts.js';

/** What `trim` promises, and what is left then. */
export function trimContract(storeOfTest: () => Store): void {
  let store: Store;

  beforeEach(() => {
    store = storeOfTest();
  });

  describe('trim', () => {
    it('removes nothing where all is to be kept', async () => {
      await append(store, 'lobby', 10);
      expect(await trimAll(store, { entriesMax: 0, sinceMs: 0 })).to.be.empty;
      expect(await trimAll(store, { entriesMax: 10, sinceMs: 0 })).to.be.empty;
    });

    it('keeps the newest entries, and says from where', async () => {
      await append(store, 'long', 10);
      await append(store, 'short', 3);
      expect(await trimAll(store, { entriesMax: 4, sinceMs: 0 })).to.deep.equal([
        { room: 'long', tailSeq: 7 },
      ]);
      expect(seqs(await store.read('long', all))).to.deep.equal([7, 8, 9, 10]);
      expect(await store.state('long')).to.include({ headSeq: 10, tailSeq: 7 });
      expect(await store.state('short')).to.include({ headSeq: 3, tailSeq: 1 });
    });

    it('goes on with what was appended since', async () => {
      await append(store, 'lobby', 10);
      await trimAll(store, { entriesMax: 5, sinceMs: 0 });
      await append(store, 'lobby', 2);
      await append(store, 'other', 6);
      const rooms = await trimAll(store, { entriesMax: 5, sinceMs: 0 });
      expect(rooms).to.have.deep.members([
        { room: 'lobby', tailSeq: 8 },
        { room: 'other', tailSeq: 2 },
      ]);
      expect(await trimAll(store, { entriesMax: 2, sinceMs: 0 })).to.have.deep.members([
        { room: 'lobby', tailSeq: 11 },
        { room: 'other', tailSeq: 5 },
      ]);
    });

    it('removes what is too old, up to the first entry that is not', async () => {
      const times = [100, 200, 300, 200, 400];
      await append(store, 'lobby', 5, (index) => draft('x', { sentAtMs: times[index]! }));
      await append(store, 'newer', 1, () => draft('x', { sentAtMs: 350 }));
      expect(await trimAll(store, { entriesMax: 0, sinceMs: 250 })).to.deep.equal([
        { room: 'lobby', tailSeq: 3 },
      ]);
      expect(await trimAll(store, { entriesMax: 2, sinceMs: 250 })).to.deep.equal([
        { room: 'lobby', tailSeq: 5 },
      ]);
    });

    it('may remove all, and the numbers go on', async () => {
      await append(store, 'lobby', 3, () => draft('x', { sentAtMs: 100 }));
      await trimAll(store, { entriesMax: 0, sinceMs: 101 });
      const slice = await store.read('lobby', all);
      expect(slice).to.include({ headSeq: 3, tailSeq: 4, damaged: undefined });
      expect(slice.entries).to.be.empty;
      expect(await append(store, 'lobby', 1)).to.deep.equal({ firstSeq: 4, notAdded: [] });
      expect(await store.state('lobby')).to.include({ headSeq: 4, tailSeq: 4 });
      expect(await trimAll(store, { entriesMax: 0, sinceMs: 101 })).to.deep.equal([
        { room: 'lobby', tailSeq: 5 },
      ]);
    });

    it('begins what is read below the tail at the tail', async () => {
      await append(store, 'lobby', 10);
      await trimAll(store, { entriesMax: 3, sinceMs: 0 });
      const { tailSeq, entries } = await store.read('lobby', { ...all, seq: 2, entriesMax: 2 });
      expect(tailSeq).to.equal(8);
      expect(entries.map(({ seq }) => seq)).to.deep.equal([8, 9]);
      const before = await store.read('lobby', { ...all, seq: 8, direction: 'before' });
      expect(before.entries).to.be.empty;
    });

    it('leaves the ids of removed entries known', async () => {
      const drafts = [draft('a', { id: '1', sentAtMs: 100 }), draft('b', { sentAtMs: 200 })];
      await store.append([{ room: 'lobby', drafts: Drafts.of(drafts) }]);
      await trimAll(store, { entriesMax: 1, sinceMs: 0 });
      const [result] = await store.append([
        {
          room: 'lobby',
          drafts: Drafts.of([draft('a', { id: '1' }), draft('x', { id: '1' }), draft('c')]),
        },
      ]);
      expect(result).to.deep.equal({
        firstSeq: 3,
        notAdded: [
          { index: 0, kind: 'repeated', seq: 1, sentAtMs: 100, isSame: true },
          { index: 1, kind: 'repeated', seq: 1, sentAtMs: 100, isSame: false },
        ],
      });
    });

    it('keeps what is appended while it removes much', async () => {
      await append(store, 'lobby', 5000);
      let appended = 0;
      for (let isMore = true; isMore; appended += 1) {
        const appending = append(store, 'lobby', 1);
        ({ isMore } = await store.trim({ entriesMax: 10, sinceMs: 0 }));
        expect((await appending).firstSeq).to.equal(5001 + appended);
      }
      // The last call need not have seen the append that had not settled when it was made.
      const { headSeq, tailSeq } = await store.state('lobby');
      expect(headSeq).to.equal(5000 + appended);
      expect(tailSeq).to.be.within(headSeq - 10, headSeq - 9);
      await trimAll(store, { entriesMax: 10, sinceMs: 0 });
      expect((await store.state('lobby')).tailSeq).to.equal(headSeq - 9);
    });
  });
}
