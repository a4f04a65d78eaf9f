import { Batch } from './batch.js';
import type { Draft, Entry } from './ports.js';

/**
 * A room's messages, numbered 1, 2, 3 and so on. It keeps the newest batches in
 * memory, as many as `bytesMax` allows; older ones are gone.
 *
 * Invariant: the batches follow each other without a gap, and the last one ends at
 * `headSeq`.
 */
export class Log {
  readonly #room: string;
  readonly #bytesMax: number;
  #headSeq = 0;

  /** Oldest first; those before `#first` have been let go and are cleared away now and then. */
  #batches: Array<Batch | undefined> = [];
  #first = 0;
  #bytes = 0;

  constructor(room: string, bytesMax: number) {
    this.#room = room;
    this.#bytesMax = bytesMax;
  }

  /** The seq of the newest entry; 0 before the first. */
  get headSeq(): number {
    return this.#headSeq;
  }

  /** The oldest seq that can still be read; one above `headSeq` when there is none. */
  get tailSeq(): number {
    return this.#batches[this.#first]?.firstSeq ?? this.#headSeq + 1;
  }

  /** Gives the drafts, at least one, their numbers. */
  append(drafts: readonly Draft[]): Batch {
    let seq = this.#headSeq;
    const entries: Entry[] = [];
    // Field by field: a spread takes several times as long, and this is done for every message.
    for (const { id, sender, content, sentAtMs } of drafts) {
      seq += 1;
      entries.push({ seq, id, sender, content, sentAtMs });
    }
    const batch = new Batch(this.#room, entries);
    this.#headSeq = seq;
    this.#batches.push(batch);
    this.#bytes += batch.weightBytes;
    // The newest batch stays, whatever it weighs: somebody is about to read it.
    while (this.#bytes > this.#bytesMax && this.#first < this.#batches.length - 1) this.#trim();
    return batch;
  }

  /**
   * The batch that begins right behind `seq`, or undefined at the head.
   *
   * `seq` is at least `tailSeq - 1`, and the end of a batch.
   */
  batchAfter(seq: number): Batch | undefined {
    if (seq >= this.#headSeq) return undefined;
    let low = this.#first;
    let high = this.#batches.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#batches[middle]!.lastSeq > seq) high = middle;
      else low = middle + 1;
    }
    return this.#batches[low];
  }

  #trim(): void {
    this.#bytes -= this.#batches[this.#first]!.weightBytes;
    this.#batches[this.#first] = undefined;
    this.#first += 1;
    if (this.#first > this.#batches.length / 2) {
      this.#batches = this.#batches.slice(this.#first);
      this.#first = 0;
    }
  }
}
