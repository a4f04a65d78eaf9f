import type { Batch } from './batch.js';
import { Queue } from '../queue.js';

/** Who keeps batches that may have to go. */
export interface BatchOwner {
  forget(batch: Batch): void;
}

/**
 * What all logs together may keep in memory, for readers that lag a little.
 * When it becomes too much, the batches that came first go first, whichever room they
 * are of: they can be read from the store again.
 */
export class BatchCache {
  readonly #bytesMax: number;
  readonly #batches = new Queue<{ readonly owner: BatchOwner; readonly batch: Batch }>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(owner: BatchOwner, batch: Batch): void {
    this.#batches.push({ owner, batch });
    batch.onGrown = this.#grow;
    this.#grow(batch.weightBytes);
  }

  readonly #grow = (bytes: number): void => {
    this.#bytes += bytes;
    while (this.#bytes > this.#bytesMax) {
      const { owner, batch } = this.#batches.shift();
      batch.onGrown = undefined;
      this.#bytes -= batch.weightBytes;
      owner.forget(batch);
    }
  };
}
