import { expect } from 'chai';
import fc from 'fast-check';
import { Drafts } from '../../src/core/drafts.js';
import type {
  Append,
  Appended,
  Change,
  Draft,
  Entry,
  NotAdded,
  Range,
  Store,
} from '../../src/core/ports.js';
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
const targeted = fc.record({
  kind: fc.constantFrom('edit' as const, 'edit' as const, 'removal' as const),
  targetSeq: fc.integer({ min: 0, max: 12 }),
});
const change: fc.Arbitrary<Change | undefined> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: targeted },
  { weight: 1, arbitrary: fc.constant({ kind: 'topic' as const }) },
);
const content = fc.constantFrom('x', 'yy', '');
const draft: fc.Arbitrary<Draft> = fc.record({
  change,
  id: fc.constantFrom('', '', '1', '2', '3', '4'),
  author: fc.constantFrom('alice/1', 'alice/2', 'bob/1'),
  sender: fc.constantFrom('alice', 'bob'),
  content,
  sentAtMs: fc.nat(20),
});
const drafts = fc.array(draft, { minLength: 1, maxLength: 6 }).map((list) => Drafts.of(list));
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      appends: fc.array(fc.record({ room, drafts }), { maxLength: 4 }),
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

/** What the model knows of an entry: what it is now, and of which draft it was made. */
interface ModelEntry extends Entry {
  readonly author: string;
  readonly draft: Draft;
}

/** A room as the promises describe it: everything ever appended, and where its tail is. */
class ModelRoom {
  readonly all: ModelEntry[] = [];
  tailSeq = 1;
  topic = '';

  get kept(): Entry[] {
    return this.all.slice(this.tailSeq - 1).map(({ author: _, draft: _draft, ...entry }) => entry);
  }

  append(drafts: readonly Draft[]): Appended {
    const firstSeq = this.all.length + 1;
    const notAdded: NotAdded[] = [];
    for (const [index, given] of drafts.entries()) {
      const isRemoval = given.change?.kind === 'removal';
      const why = this.#whyNot(index, isRemoval ? { ...given, content: '' } : given);
      if (why !== undefined) notAdded.push(why);
      else this.#add(isRemoval ? { ...given, content: '' } : given);
    }
    return { firstSeq, notAdded };
  }

  #whyNot(index: number, draft: Draft): NotAdded | undefined {
    const known = this.all.find(({ id, author }) => id === draft.id && author === draft.author);
    if (draft.id !== '' && known !== undefined) {
      const same = [known.draft, draft].map((one) => JSON.stringify([one.change, one.content]));
      const { seq, sentAtMs } = known;
      return { index, kind: 'repeated', seq, sentAtMs, isSame: same[0] === same[1] };
    }
    if (draft.change === undefined || draft.change.kind === 'topic') return undefined;
    const { targetSeq } = draft.change;
    const target = targetSeq < this.tailSeq ? undefined : this.all[targetSeq - 1];
    if (target?.draft.change !== undefined || target === undefined)
      return { index, kind: 'missing' };
    if (target.change !== undefined) return { index, kind: 'removed' };
    const [person] = target.author.split('/');
    return draft.author.startsWith(`${person}/`) ? undefined : { index, kind: 'foreign' };
  }

  #add(draft: Draft): void {
    const seq = this.all.length + 1;
    this.all.push({ ...draft, draft, seq, editedAtMs: 0 });
    const made = draft.change;
    if (made === undefined) return;
    if (made.kind === 'topic') this.topic = draft.content;
    else if (made.kind === 'edit') {
      const { content: text, sentAtMs: editedAtMs } = draft;
      const target = this.all[made.targetSeq - 1]!;
      this.all[made.targetSeq - 1] = { ...target, content: text, editedAtMs };
    } else {
      for (const [place, entry] of this.all.entries()) {
        const { change: other } = entry;
        const isEdit = other?.kind === 'edit' && other.targetSeq === made.targetSeq;
        if (!isEdit && place !== made.targetSeq - 1) continue;
        this.all[place] = { ...entry, change: made, content: '', editedAtMs: 0 };
      }
    }
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
        const expected = one.appends.map((each) => rooms.get(each.room)!.append([...each.drafts]));
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
          topic: model.topic,
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
