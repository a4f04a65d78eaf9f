import { hash, randomBytes } from 'node:crypto';
import type {
  Append,
  Appended,
  Draft,
  Entry,
  LogState,
  Range,
  Repeated,
  Retention,
  Slice,
  Store,
  Trimmed,
} from '../../core/ports.js';
import { Queue } from '../../core/queue.js';

/** What an entry takes beside its texts: the object, its strings, its place in lists. */
const entryOverheadBytes = 200;
/** What its id takes in the map of ids. */
const idOverheadBytes = 100;
const bytesPerChar = 2;

/** What one `trim` removes at most. */
const trimEntriesMax = 1000;

/**
 * A log in this process's memory: nothing outlives it, and so each has an epoch of its
 * own, for all rooms. When all that it holds weighs more than `bytesMax`, the oldest entries go,
 * whatever their room.
 *
 * It keeps the promises of `Store` but for one: an id is remembered after `trim` removed
 * its entry, but not after the budget did.
 *
 * Invariant: of each room, what is held has the numbers from some seq up to its headSeq,
 * without gaps; the part from tailSeq on can be read, and what is below it are ids.
 */
export class MemoryLog implements Store {
  /** Of all rooms. */
  readonly epoch = randomBytes(12).toString('base64url');
  readonly #bytesMax: number;
  readonly #rooms = new Map<string, Room>();
  /** All runs of all rooms, oldest first. */
  readonly #runs = new Queue<Run>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  async append(appends: readonly Append[]): Promise<readonly Appended[]> {
    const results = appends.map(({ room, drafts }) => this.#appendTo(this.#room(room), drafts));
    while (this.#bytes > this.#bytesMax) this.#removeOldest();
    return results;
  }

  async read(name: string, range: Range): Promise<Slice> {
    const room = this.#rooms.get(name);
    const entries = room === undefined ? [] : entriesIn(room, range);
    return { ...(await this.state(name)), entries, damaged: undefined };
  }

  async state(name: string): Promise<LogState> {
    const { headSeq, tailSeq } = this.#rooms.get(name) ?? { headSeq: 0, tailSeq: 1 };
    return { epoch: this.epoch, headSeq, tailSeq };
  }

  async probe(): Promise<void> {}

  async trim(retention: Retention): Promise<Trimmed> {
    const rooms: Array<{ room: string; tailSeq: number }> = [];
    let entriesLeft = trimEntriesMax;
    for (const [name, room] of this.#rooms) {
      const tailSeq = Math.min(tailToKeep(room, retention), room.tailSeq + entriesLeft);
      if (tailSeq === room.tailSeq) continue;
      entriesLeft -= tailSeq - room.tailSeq;
      for (let seq = room.tailSeq; seq < tailSeq; seq += 1) this.#reduceToId(room, seq);
      room.tailSeq = tailSeq;
      rooms.push({ room: name, tailSeq });
      if (entriesLeft === 0) return { rooms, isMore: true };
    }
    return { rooms, isMore: false };
  }

  #room(name: string): Room {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      room = { headSeq: 0, tailSeq: 1, runs: new Queue(), ids: new Map() };
      this.#rooms.set(name, room);
    }
    return room;
  }

  #appendTo(room: Room, drafts: readonly Draft[]): Appended {
    const firstSeq = room.headSeq + 1;
    const repeated: Repeated[] = [];
    const entries: StoredEntry[] = [];
    let seq = room.headSeq;
    let bytes = 0;
    for (let index = 0; index < drafts.length; index += 1) {
      const { id, author, sender, content, sentAtMs } = drafts[index]!;
      const ids = id === '' ? undefined : idsOf(room, author);
      const known = ids?.get(id);
      if (known !== undefined) {
        const isSame = known.content === (isReduced(room, known) ? digest(content) : content);
        repeated.push({ index, seq: known.seq, sentAtMs: known.sentAtMs, isSame });
        continue;
      }
      seq += 1;
      // Field by field: a spread takes several times as long, and this is done for every message.
      const entry: StoredEntry = { seq, id, author, sender, content, sentAtMs };
      ids?.set(id, entry);
      entries.push(entry);
      bytes += weight(entry);
    }
    if (entries.length > 0) {
      const run = { room, firstSeq, first: 0, entries };
      room.runs.push(run);
      this.#runs.push(run);
      room.headSeq = seq;
      this.#bytes += bytes;
    }
    return { firstSeq, repeated };
  }

  #removeOldest(): void {
    const run = this.#runs.at(0);
    const { room } = run;
    const entry = run.entries[run.first];
    const seq = run.firstSeq + run.first;
    run.entries[run.first] = undefined;
    run.first += 1;
    if (run.first === run.entries.length) {
      this.#runs.shift();
      room.runs.shift();
    }
    if (seq === room.tailSeq) room.tailSeq += 1;
    if (entry === undefined) return;
    this.#bytes -= weight(entry);
    if (entry.id === '') return;
    const ids = room.ids.get(entry.author)!;
    ids.delete(entry.id);
    if (ids.size === 0) room.ids.delete(entry.author);
  }

  /** Leaves of an entry what is needed to know its id again. */
  #reduceToId(room: Room, seq: number): void {
    const run = runWith(room, seq);
    const at = seq - run.firstSeq;
    const entry = run.entries[at]!;
    this.#bytes -= weight(entry);
    if (entry.id === '') {
      run.entries[at] = undefined;
      return;
    }
    const { id, author, content, sentAtMs } = entry;
    const reduced = { seq, id, author, sender: '', content: digest(content), sentAtMs };
    run.entries[at] = reduced;
    idsOf(room, author).set(id, reduced);
    this.#bytes += weight(reduced);
  }
}

/** An entry and whose id it has; below the tail, the content is its digest. */
interface StoredEntry extends Entry {
  readonly author: string;
}

/** What one append added to one room. */
interface Run {
  readonly room: Room;
  readonly firstSeq: number;
  /** The first index that was not removed. */
  first: number;
  /** Undefined where nothing is left. */
  readonly entries: Array<StoredEntry | undefined>;
}

interface Room {
  headSeq: number;
  tailSeq: number;
  readonly runs: Queue<Run>;
  /** By author and id. */
  readonly ids: Map<string, Map<string, StoredEntry>>;
}

function entriesIn(room: Room, { seq: from, direction, entriesMax, charsMax }: Range): Entry[] {
  const step = direction === 'after' ? 1 : -1;
  const { headSeq, tailSeq } = room;
  const entries: Entry[] = [];
  let chars = 0;
  let seq = step > 0 ? Math.max(from + 1, tailSeq) : Math.min(from - 1, headSeq);
  if (seq < tailSeq || seq > headSeq) return entries;
  let place = placeOf(room, seq);
  for (; seq >= tailSeq && seq <= headSeq && entries.length < entriesMax; seq += step) {
    let run = room.runs.at(place);
    if (seq < run.firstSeq || seq >= run.firstSeq + run.entries.length) {
      place += step;
      run = room.runs.at(place);
    }
    const { id, sender, content, sentAtMs } = run.entries[seq - run.firstSeq]!;
    chars += content.length;
    if (chars > charsMax && entries.length > 0) break;
    entries.push({ seq, id, sender, content, sentAtMs });
  }
  return step > 0 ? entries : entries.reverse();
}

function runWith(room: Room, seq: number): Run {
  return room.runs.at(placeOf(room, seq));
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

/** Where the tail of a room has to be, at most `trimEntriesMax` further than it is. */
function tailToKeep(room: Room, { entriesMax, sinceMs }: Retention): number {
  const { headSeq, tailSeq } = room;
  let keep = entriesMax === 0 ? tailSeq : Math.max(tailSeq, headSeq + 1 - entriesMax);
  const stop = Math.min(tailSeq + trimEntriesMax, headSeq + 1);
  while (keep < stop) {
    const run = runWith(room, keep);
    if (run.entries[keep - run.firstSeq]!.sentAtMs >= sinceMs) break;
    keep += 1;
  }
  return keep;
}

function idsOf(room: Room, author: string): Map<string, StoredEntry> {
  let ids = room.ids.get(author);
  if (ids === undefined) {
    ids = new Map();
    room.ids.set(author, ids);
  }
  return ids;
}

function isReduced(room: Room, entry: StoredEntry): boolean {
  return entry.seq < room.tailSeq;
}

function weight({ id, sender, author, content }: StoredEntry): number {
  const chars = id.length + sender.length + author.length + content.length;
  const overhead = id === '' ? entryOverheadBytes : entryOverheadBytes + idOverheadBytes;
  return overhead + chars * bytesPerChar;
}

function digest(content: string): string {
  return hash('sha256', content, 'base64');
}
