import { hash } from 'node:crypto';
import type { Change, Draft, Entry, Range, Retention } from '../../core/ports.js';
import { Queue } from '../../queue.js';
import type { Run, StoredEntry } from './run.js';

export interface Room {
  headSeq: number;
  tailSeq: number;
  topic: string;
  readonly runs: Queue<Run>;
  /** The numbers of the entries, by author and id. */
  readonly ids: Map<string, Map<string, number>>;
  /** The numbers of the edits of a message that is kept. */
  readonly edits: Map<number, number[]>;
}

export function newRoom(): Room {
  const edits = new Map<number, number[]>();
  return { headSeq: 0, tailSeq: 1, topic: '', runs: new Queue(), ids: new Map(), edits };
}

/** See `Store.read`. */
export function entriesIn(
  room: Room,
  { seq: from, direction, entriesMax, charsMax }: Range,
): Entry[] {
  const step = direction === 'after' ? 1 : -1;
  const { headSeq, tailSeq } = room;
  const entries: Entry[] = [];
  let chars = 0;
  let seq = step > 0 ? Math.max(from + 1, tailSeq) : Math.min(from - 1, headSeq);
  if (seq < tailSeq || seq > headSeq) return entries;
  let place = placeOf(room, seq);
  for (; seq >= tailSeq && seq <= headSeq && entries.length < entriesMax; seq += step) {
    let run = room.runs.at(place);
    if (seq < run.firstSeq || seq > run.lastSeq) {
      place += step;
      run = room.runs.at(place);
    }
    const { change, id, sender, content, sentAtMs, editedAtMs } = run.at(seq)!;
    chars += content.length;
    if (chars > charsMax && entries.length > 0) break;
    entries.push({ seq, change, id, sender, content, sentAtMs, editedAtMs });
  }
  return step > 0 ? entries : entries.reverse();
}

/** The run that holds a seq, which is held. */
export function runWith(room: Room, seq: number): Run {
  return room.runs.at(placeOf(room, seq));
}

/** An entry that is kept. */
export function entryAt(room: Room, seq: number): StoredEntry {
  return runWith(room, seq).at(seq)!;
}

/** Where the tail of a room has to be, at most `stepsMax` further than it is. */
export function tailToKeep(
  room: Room,
  { entriesMax, sinceMs }: Retention,
  stepsMax: number,
): number {
  const { headSeq, tailSeq } = room;
  let keep = entriesMax === 0 ? tailSeq : Math.max(tailSeq, headSeq + 1 - entriesMax);
  const stop = Math.min(tailSeq + stepsMax, headSeq + 1);
  while (keep < stop && entryAt(room, keep).sentAtMs < sinceMs) keep += 1;
  return keep;
}

export function idsOf(room: Room, author: string): Map<string, number> {
  let ids = room.ids.get(author);
  if (ids === undefined) {
    ids = new Map();
    room.ids.set(author, ids);
  }
  return ids;
}

/** Whether a draft is the one that the entry with its id was made of. */
export function isSame(entry: StoredEntry, draft: Pick<Draft, 'change' | 'content'>): boolean {
  if (entry.original !== undefined) return entry.original === digestOf(draft);
  return entry.content === draft.content && nameOf(entry.change) === nameOf(draft.change);
}

/** What is kept of a draft when its entry is not what it was: nothing, for one without an id. */
export function originalOf(entry: StoredEntry): string | undefined {
  return entry.id === '' ? undefined : (entry.original ?? digestOf(entry));
}

function digestOf({ change, content }: Pick<Draft, 'change' | 'content'>): string {
  const contentDigest = hash('sha256', content, 'base64');
  return change === undefined ? contentDigest : `${nameOf(change)} ${contentDigest}`;
}

function nameOf(change: Change | undefined): string {
  if (change === undefined) return '';
  return change.kind === 'topic' ? change.kind : `${change.kind} ${change.targetSeq}`;
}

/** The place of the run that holds a seq, which is held. */
function placeOf({ runs }: Room, seq: number): number {
  let low = 0;
  let high = runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (runs.at(middle).firstSeq <= seq) low = middle;
    else high = middle - 1;
  }
  return low;
}
