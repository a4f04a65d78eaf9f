import type { Connection } from './ports.js';

/**
 * What waits for all connections together. A session may let `perSessionBytesMax`
 * wait, as long as at most half of the total is in use; from there on less and less,
 * down to nothing when the total is used up.
 *
 * Batches are shared, so the memory that is really in use is less than is counted:
 * the count is that of a server whose sessions all lag in different places.
 */
export class OutboxBudget {
  readonly #totalBytesMax: number;
  readonly #perSessionBytesMax: number;
  #bytes = 0;

  constructor(totalBytesMax: number, perSessionBytesMax: number) {
    this.#totalBytesMax = totalBytesMax;
    this.#perSessionBytesMax = perSessionBytesMax;
  }

  /** What waits for all of them now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The high watermark at this moment. */
  get highWatermarkBytes(): number {
    const share = 2 * (1 - this.#bytes / this.#totalBytesMax);
    return this.#perSessionBytesMax * Math.min(1, Math.max(0, share));
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }
}

/** The bytes that wait for one session. They lie in its connection; this watches how many. */
export class Outbox {
  readonly #connection: Connection;
  readonly #budget: OutboxBudget;
  #bytesCounted = 0;
  #bytesSent = 0;
  #isFull = false;

  constructor(connection: Connection, budget: OutboxBudget) {
    this.#connection = connection;
    this.#budget = budget;
  }

  /** Whether nothing should be sent before `drained`. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** All that was ever written. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /**
   * Sends bytes. Returns false when more waits now than may; what was given is sent
   * all the same, and nothing further should be before `drained`.
   */
  write(bytes: Uint8Array): boolean {
    this.#bytesSent += bytes.length;
    if (this.#connection.write(bytes)) return true;
    this.#count(this.#connection.bytesWaiting);
    this.#isFull = this.#bytesCounted > this.#budget.highWatermarkBytes;
    return !this.#isFull;
  }

  /** Nothing waits any more, because it was sent or because the connection is gone. */
  drained(): void {
    this.#isFull = false;
    this.#count(0);
  }

  #count(bytes: number): void {
    this.#budget.add(bytes - this.#bytesCounted);
    this.#bytesCounted = bytes;
  }
}
