import { Drafts } from '../../src/core/drafts.js';
import type { Draft, Range, Retention, Slice, Store, Trimmed } from '../../src/core/ports.js';

/** A draft of alice's, without an id, sent in 1970. */
export function draft(content: string, fields: Partial<Draft> = {}): Draft {
  const given = { id: '', author: 'alice', sender: 'alice', content, sentAtMs: 0 };
  return { change: undefined, ...given, ...fields };
}

/** Appends so many drafts to one room. */
export async function append(
  store: Store,
  room: string,
  count: number,
  make: (index: number) => Draft = (index) => draft(`message ${index}`),
) {
  const drafts = Array.from({ length: count }, (_, index) => make(index));
  return (await store.append([{ room, drafts: Drafts.of(drafts) }]))[0]!;
}

/** Everything that a room has. */
export const all: Range = { seq: 0, direction: 'after', entriesMax: 1e6, charsMax: 1e9 };

/** The numbers in a slice. */
export function seqs({ entries }: Slice): number[] {
  return entries.map(({ seq }) => seq);
}

/** The texts in a slice. */
export function contents({ entries }: Slice): string[] {
  return entries.map(({ content }) => content);
}

/** Removes all that needs not be kept, in as many calls as it takes; returns the rooms with their last tail. */
export async function trimAll(store: Store, retention: Retention): Promise<Trimmed['rooms']> {
  const tails = new Map<string, number>();
  for (let isMore = true; isMore;) {
    const trimmed = await store.trim(retention);
    for (const { room, tailSeq } of trimmed.rooms) tails.set(room, tailSeq);
    isMore = trimmed.isMore;
  }
  return Array.from(tails, ([room, tailSeq]) => ({ room, tailSeq }));
}
