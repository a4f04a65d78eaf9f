import { randomBytes } from 'node:crypto';
import type {
  Append,
  Appended,
  Drafts,
  LogState,
  NotAdded,
  Range,
  Retention,
  Slice,
  Store,
  Trimmed,
} from '../../core/ports.js';
import { Queue } from '../../queue.js';
import { perform, refusalOf } from './changes.js';
import {
  entriesIn,
  entryAt,
  idsOf,
  isSame,
  newRoom,
  originalOf,
  runWith,
  tailToKeep,
  type Room,
} from './room.js';
import { MemoryRooms } from './rooms.js';
import { Run, runOverheadBytes } from './run.js';

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
  readonly #runs = new Queue<{ readonly room: Room; readonly run: Run }>();
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

  #appendTo(name: string, drafts: Drafts): Appended {
    const room = this.#room(name);
    const firstSeq = room.headSeq + 1;
    const notAdded: NotAdded[] = [];
    const run = new Run(drafts, firstSeq);
    for (let index = 0; index < drafts.length; index += 1) {
      const reason = this.#reasonAgainst(room, drafts, index);
      if (reason !== undefined) {
        notAdded.push(reason);
        continue;
      }
      const id = drafts.ids[index]!;
      const seq = room.headSeq + 1;
      // From now on the room holds it: the next draft may change it.
      if (run.length === 0) this.#addRun(name, room, run);
      run.add(index);
      room.headSeq = seq;
      if (id !== '') idsOf(room, drafts.speakers[index]!.author).set(id, seq);
      this.#bytes += run.weightOf(seq);
      if (drafts.changes?.has(index)) this.#bytes += perform(room, run.at(seq)!);
    }
    return { firstSeq, notAdded };
  }

  /** Why a draft becomes no entry. */
  #reasonAgainst(room: Room, drafts: Drafts, index: number): NotAdded | undefined {
    const id = drafts.ids[index]!;
    const { author } = drafts.speakers[index]!;
    const change = drafts.changes?.get(index);
    const known = id === '' ? undefined : room.ids.get(author)?.get(id);
    if (known !== undefined) {
      // Below the tail as well, where the text of it is gone.
      const entry = entryAt(room, known);
      const content = change?.kind === 'removal' ? '' : drafts.contentOf(index);
      const { sentAtMs } = entry;
      const isSameDraft = isSame(entry, { change, content });
      return { index, kind: 'repeated', seq: known, sentAtMs, isSame: isSameDraft };
    }
    const kind = change === undefined ? undefined : refusalOf(room, change, author);
    return kind === undefined ? undefined : { index, kind };
  }

  #addRun(name: string, room: Room, run: Run): void {
    room.runs.push(run);
    this.#runs.push({ room, run });
    this.#bytes += runOverheadBytes;
    if (run.firstSeq === 1) this.rooms.add(name, room);
  }

  #removeOldest(): void {
    const { room, run } = this.#runs.at(0);
    const seq = run.firstSeq + run.removed;
    this.#bytes -= run.weightOf(seq);
    const known = run.idAt(seq);
    room.edits.delete(seq);
    run.removed += 1;
    if (run.removed === run.length) {
      this.#runs.shift();
      room.runs.shift();
      this.#bytes -= runOverheadBytes;
    }
    if (seq === room.tailSeq) room.tailSeq += 1;
    if (known === undefined) return;
    const ids = room.ids.get(known.author)!;
    ids.delete(known.id);
    if (ids.size === 0) room.ids.delete(known.author);
  }

  /** Leaves of an entry what is needed to know its id again. */
  #reduceToId(room: Room, seq: number): void {
    const run = runWith(room, seq);
    const entry = run.at(seq)!;
    this.#bytes -= run.weightOf(seq);
    room.edits.delete(seq);
    const original = originalOf(entry);
    run.put(seq, entry.id === '' ? undefined : { ...entry, sender: '', content: '', original });
    // All that is before it was reduced before.
    if (seq === run.lastSeq) run.dropDrafts();
    this.#bytes += run.weightOf(seq);
  }
}

const unused = { headSeq: 0, tailSeq: 1, topic: '' };
