import type { Change, Draft, Refused } from '../../core/ports.js';
import { defaultLimits } from '../../protocol/limits.js';
import { personOf } from '../person.js';
import { entryAt, originalOf, runWith, type Room } from './room.js';
import type { StoredEntry } from './run.js';

/** Why a change cannot be done; undefined when it can. */
export function refusalOf(
  room: Room,
  change: Change,
  author: Draft['author'],
): Refused['kind'] | undefined {
  if (change.kind === 'topic') return undefined;
  const seq = change.targetSeq;
  if (seq < room.tailSeq || seq > room.headSeq) return 'missing';
  const { change: changed, author: knownAuthor } = entryAt(room, seq);
  if (changed?.kind === 'removal' && changed.targetSeq === seq) return 'removed';
  if (changed !== undefined) return 'missing';
  if (personOf(knownAuthor) !== personOf(author)) return 'foreign';
  const edits = room.edits.get(seq)?.length ?? 0;
  return change.kind === 'edit' && edits >= defaultLimits.editsMax ? 'limit' : undefined;
}

/** Does what an entry says that is in the room now. Returns how much heavier the room is by this. */
export function perform(room: Room, { seq, change, content, sentAtMs }: StoredEntry): number {
  switch (change?.kind) {
    case undefined:
      return 0;
    case 'topic':
      room.topic = content;
      return 0;
    case 'edit': {
      const edits = room.edits.get(change.targetSeq);
      if (edits === undefined) room.edits.set(change.targetSeq, [seq]);
      else edits.push(seq);
      return rewrite(room, change.targetSeq, { content, editedAtMs: sentAtMs });
    }
    case 'removal': {
      const { targetSeq } = change;
      const edits = room.edits.get(targetSeq) ?? [];
      room.edits.delete(targetSeq);
      let heavier = 0;
      const left = { change, content: '', editedAtMs: 0 };
      for (const each of [targetSeq, ...edits]) heavier += rewrite(room, each, left);
      return heavier;
    }
  }
}

function rewrite(
  room: Room,
  seq: number,
  fields: Partial<Pick<StoredEntry, 'change' | 'content' | 'editedAtMs'>>,
): number {
  const run = runWith(room, seq);
  const before = run.weightOf(seq);
  const entry = run.at(seq)!;
  run.put(seq, { ...entry, ...fields, original: originalOf(entry) });
  return run.weightOf(seq) - before;
}
