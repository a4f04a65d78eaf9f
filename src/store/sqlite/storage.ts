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
} from '../../core/ports.js';
import { problemOf, StoreError, StoreOpenError } from '../errors.js';
import type { ReadRequest } from './read-worker.js';
import type { Finding } from './numbering.js';
import {
  packAppends,
  unpackAppended,
  unpackSlice,
  type PackedAppended,
  type PackedSlice,
} from './packed.js';
import type { DatabaseFacts } from './served-database.js';
import type { WorkerData, WriteRequest } from './write-worker.js';
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
 * A store in an SQLite database, which one thread writes and another one reads. What was
 * appended is on disk (WAL, synchronous=FULL) when the call settles.
 *
 * Calls that write are answered in their order, and so are those that read. Those that fail
 * reject with a `StoreError`.
 *
 * ```ts
 * await using store = await SqliteStore.open('data/tcp-chat.db');
 * await store.append([{ room: 'lobby', drafts }]);
 * ```
 */
export class SqliteStore implements Store {
  /** 32 random bytes that were made with the database and stay with it. */
  readonly secret: Uint8Array;
  /** How many times the database was opened, this time included; no two stores have the same. */
  readonly start: number;
  /** What was found damaged or missing when it was opened. It can be served all the same. */
  readonly findings: readonly Finding[];
  readonly #path: string;
  readonly #writer: Thread;
  readonly #reader: Thread;
  readonly #closeTimeoutMs: number;
  #closing: Promise<void> | undefined;

  /**
   * Opens the database at `path`; it, and the folder it is in, are created where they
   * are missing. Rejects with a `StoreOpenError`, also while another store, of this
   * process or another, has the same database open.
   */
  static async open(path: string, options: SqliteStoreOptions = {}): Promise<SqliteStore> {
    let store: SqliteStore | undefined;
    const onLost = (failure: CallFailure): void => {
      if (store === undefined || store.#closing !== undefined) return;
      options.onLost?.(store.#errorOf(failure));
    };
    const writer = startThread('write-worker.js', path, onLost);
    const reader = startThread('read-worker.js', path, onLost);
    try {
      const facts = (await writer.calls.expect()) as DatabaseFacts;
      await reader.calls.call({ kind: 'open' } satisfies ReadRequest);
      store = new SqliteStore(path, writer, reader, facts, options);
      return store;
    } catch (error) {
      await Promise.all([writer.worker.terminate(), reader.worker.terminate()]);
      const { code, message } = error as CallFailure;
      const problem = code === workerEnded ? `${path} cannot be opened, as ${message}` : message;
      throw new StoreOpenError(problem, code, { cause: error });
    }
  }

  private constructor(
    path: string,
    writer: Thread,
    reader: Thread,
    { secret, start, findings }: DatabaseFacts,
    { closeTimeoutMs = 5000 }: SqliteStoreOptions,
  ) {
    this.#path = path;
    this.#writer = writer;
    this.#reader = reader;
    this.secret = secret;
    this.start = start;
    this.findings = findings;
    this.#closeTimeoutMs = closeTimeoutMs;
  }

  async append(appends: readonly Append[]): Promise<readonly Appended[]> {
    const packed = await this.#write({ kind: 'append', appends: packAppends(appends) });
    return unpackAppended(packed as PackedAppended);
  }

  async read(room: string, range: Range): Promise<Slice> {
    return unpackSlice((await this.#read({ kind: 'read', room, range })) as PackedSlice);
  }

  async state(room: string): Promise<LogState> {
    return (await this.#read({ kind: 'state', room })) as LogState;
  }

  async probe(): Promise<void> {
    await this.#write({ kind: 'probe' });
  }

  async trim(retention: Retention): Promise<Trimmed> {
    return (await this.#write({ kind: 'trim', retention })) as Trimmed;
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
    const closed = this.#closeBoth();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const problem = `${this.#path} could not be closed in ${this.#closeTimeoutMs} ms`;
      timer = setTimeout(() => reject(new StoreError(problem)), this.#closeTimeoutMs);
    });
    try {
      await Promise.race([closed, late]);
      await this.#terminate();
    } catch (error) {
      // Not awaited: a thread ends no sooner than the disk answers it.
      void this.#terminate();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The one that writes closes last, as only then all of it goes into one file. */
  async #closeBoth(): Promise<void> {
    try {
      await this.#answer(this.#reader, { kind: 'close' } satisfies ReadRequest);
    } finally {
      await this.#answer(this.#writer, { kind: 'close' } satisfies WriteRequest);
    }
  }

  async #terminate(): Promise<void> {
    await Promise.all([this.#writer.worker.terminate(), this.#reader.worker.terminate()]);
  }

  async #write(request: WriteRequest): Promise<unknown> {
    return await this.#ask(this.#writer, request);
  }

  async #read(request: ReadRequest): Promise<unknown> {
    return await this.#ask(this.#reader, request);
  }

  async #ask(thread: Thread, request: unknown): Promise<unknown> {
    if (this.#closing !== undefined) throw new StoreError(`${this.#path} is closed`);
    return await this.#answer(thread, request);
  }

  async #answer({ calls }: Thread, request: unknown): Promise<unknown> {
    try {
      return await calls.call(request);
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

interface Thread {
  readonly worker: Worker;
  readonly calls: WorkerCalls;
}

function startThread(
  program: string,
  path: string,
  onLost: (failure: CallFailure) => void,
): Thread {
  const workerData: WorkerData = { path };
  const worker = new Worker(new URL(program, import.meta.url), { workerData });
  return { worker, calls: new WorkerCalls(worker, onLost) };
}
