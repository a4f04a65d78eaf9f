import { randomBytes } from 'node:crypto';
import type {
  Append,
  Appended,
  Draft,
  LogState,
  NotAdded,
  Range,
  Retention,
  Slice,
  Store,
  Trimmed,
} from '../../core/ports.js';
import { Queue } from '../../core/queue.js';
import { perform, refusalOf } from './changes.js';
import {
  entriesIn,
  idsOf,
  isSame,
  newRoom,
  originalOf,
  runWith,
  tailToKeep,
  weight,
  type Room,
  type Run,
  type StoredEntry,
} from './room.js';
import { MemoryRooms } from './rooms.js';

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
  /** Those that have entries, or had some. */
  readonly rooms = new MemoryRooms();
  readonly #bytesMax: number;
  readonly #rooms = new Map<string, Room>();
  /** All runs of all rooms, oldest first. */
  readonly #runs = new Queue<Run>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  async append(appends: readonly Append[]): Promise<readonly Appended[]> {
    const results = appends.map(({ room, drafts }) => this.#appendTo(room, drafts));
    while (this.#bytes > this.#bytesMax) this.#removeOldest();
    return results;
  }

  async read(name: string, range: Range): Promise<Slice> {
    const room = this.#rooms.get(name);
    const entries = room === undefined ? [] : entriesIn(room, range);
    return { ...(await this.state(name)), entries, damaged: undefined };
  }

  async state(name: string): Promise<LogState> {
    const { headSeq, tailSeq, topic } = this.#rooms.get(name) ?? unused;
    return { epoch: this.epoch, headSeq, tailSeq, topic };
  }

  async probe(): Promise<void> {}

  async trim(retention: Retention): Promise<Trimmed> {
    const rooms: Array<{ room: string; tailSeq: number }> = [];
    let entriesLeft = trimEntriesMax;
    for (const [name, room] of this.#rooms) {
      const tailSeq = Math.min(
        tailToKeep(room, retention, trimEntriesMax),
        room.tailSeq + entriesLeft,
      );
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
      room = newRoom();
      this.#rooms.set(name, room);
    }
    return room;
  }

  #appendTo(name: string, drafts: readonly Draft[]): Appended {
    const room = this.#room(name);
    const firstSeq = room.headSeq + 1;
    const notAdded: NotAdded[] = [];
    const entries: StoredEntry[] = [];
    const run: Run = { room, firstSeq, first: 0, entries };
    let bytes = 0;
    for (let index = 0; index < drafts.length; index += 1) {
      const { change, id, author, sender, sentAtMs } = drafts[index]!;
      const content = change?.kind === 'removal' ? '' : drafts[index]!.content;
      const ids = id === '' ? undefined : idsOf(room, author);
      const known = ids?.get(id);
      if (known !== undefined) {
        const isSameDraft = isSame(known, { change, content });
        const { seq, sentAtMs: knownAtMs } = known;
        notAdded.push({ index, kind: 'repeated', seq, sentAtMs: knownAtMs, isSame: isSameDraft });
        continue;
      }
      const refusal = change === undefined ? undefined : refusalOf(room, change, author);
      if (refusal !== undefined) {
        notAdded.push({ index, kind: refusal });
        continue;
      }
      const seq = room.headSeq + 1;
      // Field by field: a spread takes several times as long, and this is done for every message.
      const entry: StoredEntry = {
        seq,
        change,
        id,
        author,
        sender,
        content,
        sentAtMs,
        editedAtMs: 0,
        original: undefined,
      };
      ids?.set(id, entry);
      // From now on the room holds it: the next draft may change it.
      if (entries.length === 0) this.#addRun(name, run);
      entries.push(entry);
      room.headSeq = seq;
      bytes += weight(entry);
      if (change !== undefined) bytes += perform(room, entry);
    }
    this.#bytes += bytes;
    return { firstSeq, notAdded };
  }

  #addRun(name: string, run: Run): void {
    run.room.runs.push(run);
    this.#runs.push(run);
    if (run.firstSeq === 1) this.rooms.add(name, run.room);
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
    room.edits.delete(seq);
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
    room.edits.delete(seq);
    this.#bytes -= weight(entry);
    if (entry.id === '') {
      run.entries[at] = undefined;
      return;
    }
    const reduced = { ...entry, sender: '', content: '', original: originalOf(entry) };
    const { id, author } = entry;
    run.entries[at] = reduced;
    idsOf(room, author).set(id, reduced);
    this.#bytes += weight(reduced);
  }
}

const unused = { headSeq: 0, tailSeq: 1, topic: '' };
