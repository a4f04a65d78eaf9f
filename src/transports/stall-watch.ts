import { kernelQueues } from './kernel-queues.js';

/** A connection that can be watched. */
export interface Watchable {
  /** How the kernel's tables name it; see `rowOf`. It stays the same. */
  readonly row: string;
  /** Whether only what it reports itself counts, not what the kernel's tables show. */
  readonly isEnding: boolean;
  /** Its peer has taken nothing for the stall timeout; it is no longer watched. */
  stalled(): void;
}

/** What is known of one connection for which bytes wait. */
interface Wait {
  /** Computed at the first poll: most waits are over before. */
  row: string | undefined;
  /** What the last poll found in the kernel's queue. */
  kernelBytes: number | undefined;
  /** The polls since something moved, with the one that saw it move. */
  polls: number;
}

/** How many polls there are in a stall timeout. */
const pollsPerTimeout = 4;

/**
 * Tells a peer that reads slowly from one that does not read, for all connections of a
 * listener with one timer, which runs only while bytes wait for somebody.
 *
 * A connection reports what it sees itself, room in its socket. As that comes in large
 * steps, the kernel's queues are polled as well, all with one reading, and a queue
 * that has changed since the last poll counts as much. A peer is given up between 1 and
 * 1.25 times the stall timeout after it last took something, later when it takes long to
 * read the tables, but never earlier.
 */
export class StallWatch {
  readonly #intervalMs: number;
  readonly #queuesOf: typeof kernelQueues;
  readonly #waits = new Map<Watchable, Wait>();
  #timer: NodeJS.Timeout | undefined;
  #isPolling = false;

  constructor(stallTimeoutMs: number, queuesOf = kernelQueues) {
    this.#intervalMs = stallTimeoutMs / pollsPerTimeout;
    this.#queuesOf = queuesOf;
  }

  has(connection: Watchable): boolean {
    return this.#waits.has(connection);
  }

  /** Bytes wait for this connection from now on, or still do though some were taken. */
  restart(connection: Watchable): void {
    const wait = this.#waits.get(connection);
    if (wait !== undefined) {
      wait.polls = 0;
      return;
    }
    this.#waits.set(connection, { row: undefined, kernelBytes: undefined, polls: 0 });
    this.#pollLater();
  }

  /** Nothing waits for this connection any more, or it is somebody else's care. */
  delete(connection: Watchable): void {
    if (!this.#waits.delete(connection) || this.#waits.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #pollLater(): void {
    if (this.#isPolling || this.#waits.size === 0) return;
    this.#timer ??= setTimeout(() => void this.#poll(), this.#intervalMs);
  }

  async #poll(): Promise<void> {
    this.#timer = undefined;
    this.#isPolling = true;
    const rows: string[] = [];
    for (const [connection, wait] of this.#waits) {
      if (!connection.isEnding) rows.push((wait.row ??= connection.row));
    }
    const queues = await this.#queuesOf(rows);
    this.#isPolling = false;
    for (const [connection, wait] of this.#waits) {
      const kernelBytes = wait.row === undefined ? undefined : queues.get(wait.row);
      this.#judge(connection, wait, kernelBytes);
    }
    this.#pollLater();
  }

  #judge(connection: Watchable, wait: Wait, kernelBytes: number | undefined): void {
    const hasMoved = kernelBytes !== undefined && kernelBytes !== wait.kernelBytes;
    wait.kernelBytes = kernelBytes;
    wait.polls = hasMoved ? 1 : wait.polls + 1;
    // It moved at some time before the poll that saw it, and that one counts.
    if (wait.polls <= pollsPerTimeout) return;
    this.delete(connection);
    connection.stalled();
  }
}
