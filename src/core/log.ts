import { Batch } from './batch.js';
import type { BatchCache, BatchOwner } from './batch-cache.js';
import { invariant } from './invariant.js';
import { Entries } from './entries.js';
import type { Change, LogState, Store, Stretch } from './ports.js';
import { Queue } from '../queue.js';
import { Rewrites, type Reading, type Rewritten } from './rewrites.js';

/**
 * Entries that are read from the store at once end at a multiple of this: so readers that
 * began in different places soon read the same pieces, which are encoded once.
 */
const pieceEntries = 256;

/** A piece of long messages is shorter. */
const pieceCharsMax = 256 * 1024;

/** What follows a position; one of both at least. */
export interface Piece {
  /** What cannot be read any more: first, where it is there. */
  readonly damaged: Stretch | undefined;
  readonly batch: Batch | undefined;
}

/**
 * One room's messages as this process sees them: where the log begins and ends, and its
 * newest batches. All else is read from the store, in pieces that are kept a while.
 *
 * A message that was edited or removed is so in memory, too: nobody gets the earlier text later.
 *
 * Invariant: the recent batches follow each other without a gap, and the last one ends
 * at `headSeq`.
 */
export class Log implements BatchOwner {
  readonly room: string;
  readonly epoch: string;
  readonly #store: Store;
  readonly #cache: BatchCache;
  #headSeq: number;
  #tailSeq: number;
  readonly #recent = new Queue<Batch>();
  /** Read from the store, by the seq before their first. */
  readonly #pieces = new Map<number, Batch>();
  readonly #loading = new Map<number, Promise<Piece | undefined>>();
  /** Of the messages in memory, where edits of them are in memory: by their seq. */
  readonly #edits = new Map<number, Set<number>>();
  readonly #rewrites = new Rewrites();
  #topic: string;
  #refreshing: Promise<void> | undefined;

  constructor(room: string, state: LogState, store: Store, cache: BatchCache) {
    this.room = room;
    this.epoch = state.epoch;
    this.#headSeq = state.headSeq;
    this.#tailSeq = state.tailSeq;
    this.#topic = state.topic;
    this.#store = store;
    this.#cache = cache;
  }

  /** The seq of the newest entry; 0 before the first. */
  get headSeq(): number {
    return this.#headSeq;
  }

  /** The oldest seq that the store has; one above `headSeq` when there is none. */
  get tailSeq(): number {
    return this.#tailSeq;
  }

  /** What the room is about; empty for nothing. */
  get topic(): string {
    return this.#topic;
  }

  /** Takes entries that the store has accepted: at least one, right after the head. */
  append(entries: Entries): Batch {
    const batch = new Batch(this.room, entries);
    if (batch.firstSeq !== this.#headSeq + 1) {
      throw new Error(`${this.room} ends at ${this.#headSeq}, and ${batch.firstSeq} was appended`);
    }
    this.#headSeq = batch.lastSeq;
    this.#recent.push(batch);
    this.#change(batch);
    this.#cache.add(this, batch);
    return batch;
  }

  /** Whether all that follows `seq` is known to be there without asking the store. */
  isKnownAfter(seq: number): boolean {
    return seq >= this.#headSeq || this.inMemory(seq) !== undefined;
  }

  /**
   * Asks the store where the log begins by now. Rejects when the store fails, and when it has
   * another numbering by now: what is in memory belongs to the one in which it was opened.
   */
  async refresh(): Promise<void> {
    this.#refreshing ??= this.#store
      .state(this.room)
      .then((state) => this.#follow(state))
      .finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
  }

  /** Entries were removed from the store, some of them perhaps before they got here. */
  trimmed(tailSeq: number): void {
    this.#tailSeq = Math.max(this.#tailSeq, Math.min(tailSeq, this.#headSeq + 1));
  }

  /**
   * What follows `seq`, which is below the head: entries of one batch, the first of which
   * is the one after `seq`. Undefined when it has to be loaded.
   */
  inMemory(seq: number): Batch | undefined {
    const recent = this.#recent;
    if (recent.length === 0 || seq + 1 < recent.at(0).firstSeq) return this.#pieces.get(seq);
    return recent.at(this.#recentIndex(seq)).after(seq);
  }

  /** Which of the recent batches has the entry after `seq`; there is one. */
  #recentIndex(seq: number): number {
    const recent = this.#recent;
    let low = 0;
    let high = recent.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (recent.at(middle).lastSeq > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /**
   * Reads from the store what follows `seq`. When that has expired, it is what comes
   * after; undefined when all before the head has. Rejects when the store fails, and when
   * it has nothing to say of what it once had.
   */
  async load(seq: number): Promise<Piece | undefined> {
    let loading = this.#loading.get(seq);
    if (loading === undefined) {
      const reading = this.reading();
      loading = this.#load(seq, reading).finally(() => {
        reading.end();
        this.#loading.delete(seq);
      });
      this.#loading.set(seq, loading);
    }
    return await loading;
  }

  /** Whoever reads from the store by itself begins with this; see `Reading`. */
  reading(): Reading {
    return this.#rewrites.begin();
  }

  /** The cache has no room for a batch any more: the oldest recent one, or a piece. */
  forget(batch: Batch): void {
    if (this.#recent.length > 0 && this.#recent.at(0) === batch) this.#recent.shift();
    else this.#pieces.delete(batch.firstSeq - 1);
    this.#forgetEdits(batch);
  }

  checkInvariants(): void {
    const { room } = this;
    const recent = Array.from({ length: this.#recent.length }, (_, place) =>
      this.#recent.at(place),
    );
    for (const [index, batch] of recent.entries()) {
      const next = recent[index + 1]?.firstSeq ?? this.#headSeq + 1;
      invariant(batch.lastSeq + 1 === next, `the recent batches of ${room} go on to its head`);
    }
    for (const [seq, piece] of this.#pieces) {
      invariant(piece.firstSeq === seq + 1, `pieces of ${room} are found by what is before them`);
      invariant(piece.lastSeq <= this.#headSeq, `pieces of ${room} end at its head`);
    }
    invariant(this.#tailSeq <= this.#headSeq + 1, `${room} begins at its head at the latest`);
  }

  async #load(seq: number, reading: Reading): Promise<Piece | undefined> {
    const slice = await this.#store.read(this.room, {
      seq,
      direction: 'after',
      entriesMax: pieceEntries - (seq % pieceEntries),
      charsMax: pieceCharsMax,
    });
    this.#follow(slice);
    // The store is ahead while the word of an append is on its way; that is handed out then.
    const entries = reading.current(slice.entries);
    const known = entries.filter((entry) => entry.seq <= this.#headSeq);
    const damaged = withinHead(slice.damaged, this.#headSeq);
    if (known.length === 0) {
      if (damaged !== undefined) return { damaged, batch: undefined };
      if (seq + 1 < this.#tailSeq) return undefined;
      throw new Error(`the store has nothing of ${this.room} after ${seq}`);
    }
    const batch = new Batch(this.room, Entries.of(known));
    // What was removed meanwhile leaves a hole before it, and then it is found nowhere.
    if (batch.firstSeq === seq + 1) {
      this.#pieces.set(seq, batch);
      this.#noteEdits(batch);
      this.#cache.add(this, batch);
    }
    return { damaged, batch };
  }

  /** Does what the entries of a new batch say. */
  #change(batch: Batch): void {
    this.#noteEdits(batch);
    for (const { change, content, sentAtMs } of batch.entries.changes()) {
      if (change?.kind === 'topic') this.#topic = content;
      if (change?.kind === 'edit')
        this.#rewrite(change.targetSeq, { content, editedAtMs: sentAtMs });
      if (change?.kind === 'removal') this.#remove(change.targetSeq);
    }
  }

  #remove(targetSeq: number): void {
    const change: Change = { kind: 'removal', targetSeq };
    const edits = this.#edits.get(targetSeq) ?? [];
    this.#edits.delete(targetSeq);
    for (const seq of [targetSeq, ...edits]) {
      this.#rewrite(seq, { change, content: '', editedAtMs: 0 });
    }
  }

  #rewrite(seq: number, fields: Rewritten): void {
    this.#rewrites.note(seq, fields);
    for (const batch of this.#holding(seq)) {
      batch.replace({ ...batch.entries.at(seq), ...fields });
    }
  }

  /** The batches in memory that have an entry. */
  *#holding(seq: number): Iterable<Batch> {
    const recent = this.#recent;
    if (recent.length > 0 && seq >= recent.at(0).firstSeq)
      yield recent.at(this.#recentIndex(seq - 1));
    // Pieces end at multiples of their length.
    const start = Math.floor((seq - 1) / pieceEntries) * pieceEntries;
    for (let key = start; key < seq; key += 1) {
      const piece = this.#pieces.get(key);
      if (piece !== undefined && piece.lastSeq >= seq) yield piece;
    }
  }

  #noteEdits(batch: Batch): void {
    for (const { seq, change } of batch.entries.changes()) {
      if (change?.kind !== 'edit') continue;
      const edits = this.#edits.get(change.targetSeq);
      if (edits === undefined) this.#edits.set(change.targetSeq, new Set([seq]));
      else edits.add(seq);
    }
  }

  /** A batch is not in memory any more; its edits may be, in a piece beside a recent batch. */
  #forgetEdits(batch: Batch): void {
    for (const { seq, change } of batch.entries.changes()) {
      if (change?.kind !== 'edit' || this.#isInMemory(seq)) continue;
      const edits = this.#edits.get(change.targetSeq);
      edits?.delete(seq);
      if (edits?.size === 0) this.#edits.delete(change.targetSeq);
    }
  }

  #isInMemory(seq: number): boolean {
    for (const _batch of this.#holding(seq)) return true;
    return false;
  }

  #follow({ epoch, tailSeq }: LogState): void {
    if (epoch !== this.epoch) throw new Error(`${this.room} has another epoch in the store`);
    this.trimmed(tailSeq);
  }
}

function withinHead(stretch: Stretch | undefined, headSeq: number): Stretch | undefined {
  if (stretch === undefined || stretch.fromSeq > headSeq) return undefined;
  return { fromSeq: stretch.fromSeq, toSeq: Math.min(stretch.toSeq, headSeq) };
}
