import type { MemoryBudget } from './memory.js';
import type { Connection } from './ports.js';

/**
 * The bytes that wait for one session. They lie in its connection, which also counts them
 * for the memory of all; this watches that there are not too many for one.
 */
export class Outbox {
  readonly #connection: Connection;
  readonly #bytesMax: number;
  readonly #memory: MemoryBudget;
  #bytesSent = 0;
  #isFull = false;
  #isWaiting = false;

  constructor(connection: Connection, bytesMax: number, memory: MemoryBudget) {
    this.#connection = connection;
    this.#bytesMax = bytesMax;
    this.#memory = memory;
  }

  /** Whether nothing should be sent before `drained`. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Whether the system takes no more: what is written now waits here, until `drained`. */
  get isWaiting(): boolean {
    return this.#isWaiting;
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
    this.#isWaiting = true;
    this.#isFull = this.#connection.bytesWaiting > this.#bytesMax * this.#memory.share;
    return !this.#isFull;
  }

  /** Nothing waits any more, because it was sent or because the connection is gone. */
  drained(): void {
    this.#isFull = false;
    this.#isWaiting = false;
  }
}
