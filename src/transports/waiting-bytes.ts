import type { MemoryBudget } from '../core/memory.js';

/** A connection with a little in its socket, of which nobody is told when it has been sent. */
export interface Recounted {
  /** Looks whether it has been sent; returns whether it has not. */
  recount(): boolean;
}

/** How often that is done. */
const recountMs = 1000;

/**
 * Counts, for the memory of all, the bytes that wait in connections. A batch that waits in a
 * thousand queues is there once, so they are counted by the memory that their bytes lie in.
 */
export class WaitingBytes {
  readonly #memory: MemoryBudget;
  /** In how many queues each piece of memory is. */
  readonly #queued = new Map<ArrayBufferLike, number>();
  readonly #recounted = new Set<Recounted>();
  #isRecountDue = false;

  constructor(memory: MemoryBudget) {
    this.#memory = memory;
  }

  /** Bytes wait in one more place, until `unqueued`. */
  queued({ buffer }: Uint8Array): void {
    const queues = this.#queued.get(buffer) ?? 0;
    this.#queued.set(buffer, queues + 1);
    if (queues === 0) this.#memory.hold(buffer.byteLength);
  }

  unqueued({ buffer }: Uint8Array): void {
    const queues = this.#queued.get(buffer)! - 1;
    if (queues > 0) this.#queued.set(buffer, queues);
    else {
      this.#queued.delete(buffer);
      this.#memory.release(buffer.byteLength);
    }
  }

  /** What one connection holds by itself was `before` and is `now`. */
  changed(before: number, now: number): void {
    if (now > before) this.#memory.hold(now - before);
    else this.#memory.release(before - now);
  }

  /** Looks at a connection again and again until all has been sent. */
  watch(connection: Recounted): void {
    this.#recounted.add(connection);
    this.#recountLater();
  }

  #recountLater(): void {
    if (this.#isRecountDue || this.#recounted.size === 0) return;
    this.#isRecountDue = true;
    const timer = setTimeout(() => {
      this.#isRecountDue = false;
      for (const connection of this.#recounted) {
        if (!connection.recount()) this.#recounted.delete(connection);
      }
      this.#recountLater();
    }, recountMs);
    timer.unref();
  }
}
