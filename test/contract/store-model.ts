import { expect } from 'chai';
import fc from 'fast-check';
import type { Append, Draft, Entry, Range, Store } from '../../src/core/ports.js';
import { trimAll } from './store-drafts.js';

export function ranges(seqMax: number): fc.Arbitrary<Range> {
  return fc.record({
    seq: fc.nat(seqMax),
    direction: fc.constantFrom('after' as const, 'before' as const),
    entriesMax: fc.integer({ min: 1, max: seqMax }),
    charsMax: fc.integer({ min: 1, max: 200 }),
  });
}

export function expectedIn(entries: readonly Entry[], range: Range): Entry[] {
  const isAfter = range.direction === 'after';
  const inRange = entries.filter(({ seq }) => (isAfter ? seq > range.seq : seq < range.seq));
  const ordered = (isAfter ? inRange : inRange.reverse()).slice(0, range.entriesMax);
  let chars = 0;
  const end = ordered.findIndex(({ content }, index) => {
    chars += content.length;
    return index > 0 && chars > range.charsMax;
  });
  const taken = end === -1 ? ordered : ordered.slice(0, end);
  return isAfter ? taken : taken.reverse();
}

export type Step =
  | { readonly kind: 'append'; readonly appends: readonly Append[] }
  | { readonly kind: 'trim'; readonly entriesMax: number; readonly sinceMs: number }
  | { readonly kind: 'read'; readonly room: string; readonly range: Range }
  /** Only for one that is durable. */
  | { readonly kind: 'reopen' };

const room = fc.constantFrom('a', 'b', 'c');
const drafts: fc.Arbitrary<Draft> = fc.record({
  id: fc.constantFrom('', '', '1', '2', '3', '4'),
  author: fc.constantFrom('alice', 'bob'),
  sender: fc.constantFrom('alice', 'bob'),
  content: fc.constantFrom('x', 'yy', ''),
  sentAtMs: fc.nat(20),
});
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      appends: fc.array(
        fc.record({ room, drafts: fc.array(drafts, { minLength: 1, maxLength: 6 }) }),
        { maxLength: 4 },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('trim' as const),
      entriesMax: fc.nat(6),
      sinceMs: fc.nat(20),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('read' as const), room, range: ranges(20) }),
  },
);

/** A room as the promises describe it: everything ever appended, and where its tail is. */
class ModelRoom {
  readonly all: Array<Entry & { readonly author: string }> = [];
  tailSeq = 1;

  get kept(): Entry[] {
    return this.all
      .slice(this.tailSeq - 1)
      .map(({ seq, id, sender, content, sentAtMs }) => ({ seq, id, sender, content, sentAtMs }));
  }

  append(added: readonly Draft[]) {
    const firstSeq = this.all.length + 1;
    const repeated = added.flatMap((one, index) => {
      const known = this.all.find(({ id, author }) => id === one.id && author === one.author);
      if (one.id === '' || known === undefined) {
        this.all.push({ ...one, seq: this.all.length + 1 });
        return [];
      }
      const { seq, sentAtMs, content } = known;
      return [{ index, seq, sentAtMs, isSame: content === one.content }];
    });
    return { firstSeq, repeated };
  }

  trim(entriesMax: number, sinceMs: number): boolean {
    const before = this.tailSeq;
    if (entriesMax > 0) this.tailSeq = Math.max(before, this.all.length + 1 - entriesMax);
    while (this.tailSeq <= this.all.length && this.all[this.tailSeq - 1]!.sentAtMs < sinceMs) {
      this.tailSeq += 1;
    }
    return this.tailSeq > before;
  }
}

/** `reopen` opens the store anew, when a step says so. */
export async function checkAgainstModel(
  opened: Store,
  steps: readonly Step[],
  reopen?: () => Promise<Store>,
): Promise<void> {
  let store = opened;
  const rooms = new Map(['a', 'b', 'c'].map((name) => [name, new ModelRoom()]));
  for (const one of steps) {
    switch (one.kind) {
      case 'append': {
        const expected = one.appends.map((each) => rooms.get(each.room)!.append(each.drafts));
        expect(await store.append(one.appends)).to.deep.equal(expected);
        break;
      }
      case 'trim': {
        const { entriesMax, sinceMs } = one;
        const trimmed = [...rooms]
          .filter(([, model]) => model.trim(entriesMax, sinceMs))
          .map(([name, { tailSeq }]) => ({ room: name, tailSeq }));
        expect(await trimAll(store, { entriesMax, sinceMs })).to.have.deep.members(trimmed);
        break;
      }
      case 'read': {
        const model = rooms.get(one.room)!;
        const { epoch, ...slice } = await store.read(one.room, one.range);
        expect(epoch).not.to.equal('');
        expect(slice).to.deep.equal({
          headSeq: model.all.length,
          tailSeq: model.tailSeq,
          entries: expectedIn(model.kept, one.range),
          damaged: undefined,
        });
        break;
      }
      case 'reopen':
        store = await reopen!();
        break;
    }
  }
}
