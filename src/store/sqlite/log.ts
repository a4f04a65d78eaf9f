import type {
  Append,
  Appended,
  LogState,
  Range,
  Retention,
  Slice,
  Store,
  Trimmed,
} from '../../core/ports.js';
import { codeOf } from '../errors.js';
import {
  packAppends,
  unpackAppended,
  unpackSlice,
  type PackedAppended,
  type PackedSlice,
} from './packed.js';
import type { Threads } from './threads.js';
import { unanswered } from './worker-calls.js';

/**
 * The log in an SQLite database: what was appended is on disk (WAL, synchronous=FULL) when the
 * call settles. The work is done in two threads, by `LogWriter` and `LogReader`.
 */
export class SqliteLog implements Store {
  readonly #threads: Threads;

  constructor(threads: Threads) {
    this.#threads = threads;
  }

  async append(appends: readonly Append[]): Promise<readonly Appended[]> {
    try {
      const packed = await this.#threads.write({ kind: 'append', appends: packAppends(appends) });
      return unpackAppended(packed as PackedAppended);
    } catch (error) {
      if (codeOf(error) !== unanswered) throw error;
      // Nobody here will ever know what became of it.
      return await new Promise<never>(() => {});
    }
  }

  async read(room: string, range: Range): Promise<Slice> {
    return unpackSlice((await this.#threads.read({ kind: 'read', room, range })) as PackedSlice);
  }

  async state(room: string): Promise<LogState> {
    return (await this.#threads.read({ kind: 'state', room })) as LogState;
  }

  async probe(): Promise<void> {
    await this.#threads.write({ kind: 'probe' });
  }

  async trim(retention: Retention): Promise<Trimmed> {
    return (await this.#threads.write({ kind: 'trim', retention })) as Trimmed;
  }
}
