import { Worker } from 'node:worker_threads';
import type {
  Append,
  Appended,
  LogState,
  Range,
  Retention,
  Slice,
  Store,
  Trimmed,
} from '../core/ports.js';
import type { DatabaseFacts } from './database-file.js';
import { problemOf, StoreError, StoreOpenError } from './errors.js';
import {
  packAppends,
  unpackAppended,
  unpackSlice,
  type PackedAppended,
  type PackedSlice,
} from './packed.js';
import type { Request, WorkerData } from './sqlite-worker.js';
import { WorkerCalls, workerEnded, type CallFailure } from './worker-calls.js';

/** The database's name in the data folder. */
export const databaseName = 'tcp-chat.db';

/** How a `SqliteStore` is opened. */
export interface SqliteStoreOptions {
  /** How long `close` waits for a disk that takes nothing; 5 s by default. */
  readonly closeTimeoutMs?: number;
  /**
   * Called when the thread has ended by itself, before open calls reject: what it has
   * still written of them is unknown, and the store is of no use any more.
   */
  readonly onLost?: (error: StoreError) => void;
}

/**
 * A store in an SQLite database, which another thread reads and writes. What was
 * appended is on disk (WAL, synchronous=FULL) when the call settles.
 *
 * Calls are answered in their order. Those that fail reject with a `StoreError`.
 *
 * ```ts
 * await using store = await SqliteStore.open('data/tcp-chat.db');
 * await store.append([{ room: 'lobby', drafts }]);
 * ```
 */
export class SqliteStore implements Store {
  readonly epoch: string;
  /** 32 random bytes that were made with the database and stay with it. */
  readonly secret: Uint8Array;
  /** How many times the database was opened, this time included; no two stores have the same. */
  readonly start: number;
  readonly #path: string;
  readonly #worker: Worker;
  readonly #calls: WorkerCalls;
  readonly #closeTimeoutMs: number;
  #closing: Promise<void> | undefined;

  /**
   * Opens the database at `path`; it, and the folder it is in, are created where they
   * are missing. Rejects with a `StoreOpenError`, also while another store, of this
   * process or another, has the same database open.
   */
  static async open(path: string, options: SqliteStoreOptions = {}): Promise<SqliteStore> {
    const workerData: WorkerData = { path };
    const worker = new Worker(new URL('./sqlite-worker.js', import.meta.url), { workerData });
    let store: SqliteStore | undefined;
    const calls = new WorkerCalls(worker, (failure) => {
      if (store === undefined || store.#closing !== undefined) return;
      options.onLost?.(store.#errorOf(failure));
    });
    try {
      const facts = (await calls.expect()) as DatabaseFacts;
      store = new SqliteStore(path, worker, calls, facts, options);
      return store;
    } catch (error) {
      await worker.terminate();
      const { code, message } = error as CallFailure;
      const problem = code === workerEnded ? `${path} cannot be opened, as ${message}` : message;
      throw new StoreOpenError(problem, code, { cause: error });
    }
  }

  private constructor(
    path: string,
    worker: Worker,
    calls: WorkerCalls,
    { epoch, secret, start }: DatabaseFacts,
    { closeTimeoutMs = 5000 }: SqliteStoreOptions,
  ) {
    this.#path = path;
    this.#worker = worker;
    this.#calls = calls;
    this.epoch = epoch;
    this.secret = secret;
    this.start = start;
    this.#closeTimeoutMs = closeTimeoutMs;
  }

  async append(appends: readonly Append[]): Promise<readonly Appended[]> {
    const packed = await this.#call({ kind: 'append', appends: packAppends(appends) });
    return unpackAppended(packed as PackedAppended);
  }

  async read(room: string, range: Range): Promise<Slice> {
    return unpackSlice((await this.#call({ kind: 'read', room, range })) as PackedSlice);
  }

  async state(room: string): Promise<LogState> {
    return (await this.#call({ kind: 'state', room })) as LogState;
  }

  async probe(): Promise<void> {
    await this.#call({ kind: 'probe' });
  }

  async trim(retention: Retention): Promise<Trimmed> {
    return (await this.#call({ kind: 'trim', retention })) as Trimmed;
  }

  /**
   * Finishes what was asked, and closes the database, so that all of it is in one file.
   * Rejects when that fails or takes longer than `closeTimeoutMs`; the store is closed
   * in any case, and what had settled is kept.
   */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const closed = this.#request({ kind: 'close' });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const problem = `${this.#path} could not be closed in ${this.#closeTimeoutMs} ms`;
      timer = setTimeout(() => reject(new StoreError(problem)), this.#closeTimeoutMs);
    });
    try {
      await Promise.race([closed, late]);
      await this.#worker.terminate();
    } catch (error) {
      // Not awaited: a thread ends no sooner than the disk answers it.
      void this.#worker.terminate();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #call(request: Request): Promise<unknown> {
    if (this.#closing !== undefined) throw new StoreError(`${this.#path} is closed`);
    return await this.#request(request);
  }

  async #request(request: Request): Promise<unknown> {
    try {
      return await this.#calls.call(request);
    } catch (error) {
      throw this.#errorOf(error as CallFailure);
    }
  }

  #errorOf(failure: CallFailure): StoreError {
    const { code, message } = failure;
    const problem =
      code === workerEnded
        ? `${this.#path} is not open any more, as ${message}`
        : problemOf(this.#path, code, message);
    return new StoreError(problem, code, { cause: failure });
  }
}
