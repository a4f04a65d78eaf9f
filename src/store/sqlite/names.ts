import type { HeldName, NameRecord } from '../../core/ports.js';
import { StoreError, StoreOpenError } from '../errors.js';
import type { Threads } from './threads.js';

/** The names of people in an SQLite database; they are on disk when the call settles. */
export class SqliteNames implements NameRecord {
  readonly #threads: Threads;

  constructor(threads: Threads) {
    this.#threads = threads;
  }

  /** Rejects with a `StoreOpenError`: without the names of accounts there is nothing to begin with. */
  async names(): Promise<readonly HeldName[]> {
    try {
      return (await this.#threads.write({ kind: 'names' })) as HeldName[];
    } catch (cause) {
      if (!(cause instanceof StoreError)) throw cause;
      throw new StoreOpenError(cause.message, cause.code, { cause });
    }
  }

  async saveNames(names: readonly HeldName[]): Promise<void> {
    await this.#threads.write({ kind: 'save names', names });
  }
}
