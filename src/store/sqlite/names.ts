import type { HeldName, NameRecord } from '../../core/ports.js';
import type { Threads } from './threads.js';

/** The names of people in an SQLite database; they are on disk when the call settles. */
export class SqliteNames implements NameRecord {
  readonly #threads: Threads;

  constructor(threads: Threads) {
    this.#threads = threads;
  }

  async names(): Promise<readonly HeldName[]> {
    return (await this.#threads.write({ kind: 'names' })) as HeldName[];
  }

  async saveNames(names: readonly HeldName[]): Promise<void> {
    await this.#threads.write({ kind: 'save names', names });
  }
}
