import { ChatError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/messages.js';
import { Queue } from '../queue.js';

/** Reads that the store is asked for at a time: one that is done, and what comes after it. */
const openMax = 4;

/**
 * Reads from the store, a few at a time. Those who ask take turns, however much one of them
 * asks for: each waits at most until everybody else had one read.
 */
export class Reads {
  /** What is asked for and not begun, by who has asked. */
  readonly #asked = new Map<object, Queue<() => void>>();
  /** Those who have asked, in the order of their turns. */
  readonly #askers = new Queue<object>();
  #open = 0;

  /** Calls `read` when it is the asker's turn; settles like it. */
  async run<Result>(asker: object, read: () => Promise<Result>): Promise<Result> {
    if (this.#open === openMax) await new Promise<void>((resolve) => this.#ask(asker, resolve));
    else this.#open += 1;
    try {
      return await read();
    } finally {
      this.#next();
    }
  }

  #ask(asker: object, begin: () => void): void {
    let reads = this.#asked.get(asker);
    if (reads === undefined) {
      reads = new Queue();
      this.#asked.set(asker, reads);
      this.#askers.push(asker);
    }
    reads.push(begin);
  }

  /** Hands the place of a read that is over to the next one. */
  #next(): void {
    if (this.#askers.length === 0) {
      this.#open -= 1;
      return;
    }
    const asker = this.#askers.shift();
    const reads = this.#asked.get(asker)!;
    const begin = reads.shift();
    if (reads.length > 0) this.#askers.push(asker);
    else this.#asked.delete(asker);
    begin();
  }
}

/** What somebody is told whose read has failed. */
export function unreadable(cause: unknown): never {
  const sentence = 'the room cannot be read at the moment';
  throw new ChatError(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE, sentence, { cause });
}
