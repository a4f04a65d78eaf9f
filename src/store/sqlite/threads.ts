import { Worker } from 'node:worker_threads';
import { problemOf, StoreError, StoreOpenError } from '../errors.js';
import type { ReadRequest } from './read-worker.js';
import type { DatabaseFacts } from './served-database.js';
import { unanswered, WorkerCalls, workerEnded, type CallFailure } from './worker-calls.js';
import type { WorkerData, WriteRequest } from './write-worker.js';

/**
 * The two threads that have a database open, one that writes and one that reads, so that neither
 * waits for the other. Each answers its calls in their order, but for an append that is in doubt.
 * Calls that fail reject with a `StoreError`.
 */
export class Threads {
  readonly facts: DatabaseFacts;
  readonly #path: string;
  readonly #writer: Thread;
  readonly #reader: Thread;
  readonly #closeTimeoutMs: number;
  #closing: Promise<void> | undefined;

  /**
   * Starts them. Rejects with a `StoreOpenError`. `onLost` is called when one of them has ended by
   * itself, before its open calls reject.
   */
  static async start(
    path: string,
    closeTimeoutMs: number,
    onLost: (error: StoreError) => void,
  ): Promise<Threads> {
    let threads: Threads | undefined;
    const onEnd = (failure: CallFailure): void => {
      if (threads === undefined || threads.#closing !== undefined) return;
      onLost(threads.#errorOf(failure));
    };
    const writer = startThread('write-worker.js', path, onEnd);
    const reader = startThread('read-worker.js', path, onEnd);
    try {
      const facts = (await writer.calls.firstWord()) as DatabaseFacts;
      await reader.calls.call({ kind: 'open' } satisfies ReadRequest);
      threads = new Threads(path, writer, reader, facts, closeTimeoutMs);
      return threads;
    } catch (error) {
      await Promise.all([writer.worker.terminate(), reader.worker.terminate()]);
      const { code, message } = error as CallFailure;
      const problem = isOfEnd(code) ? `${path} cannot be opened: ${message}` : message;
      throw new StoreOpenError(problem, code, { cause: error });
    }
  }

  private constructor(
    path: string,
    writer: Thread,
    reader: Thread,
    facts: DatabaseFacts,
    closeTimeoutMs: number,
  ) {
    this.#path = path;
    this.#writer = writer;
    this.#reader = reader;
    this.facts = facts;
    this.#closeTimeoutMs = closeTimeoutMs;
  }

  async write(request: WriteRequest): Promise<unknown> {
    return await this.#ask(this.#writer, request);
  }

  async read(request: ReadRequest): Promise<unknown> {
    return await this.#ask(this.#reader, request);
  }

  /** See `Storage.close`. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return await this.#closing;
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
    const problem = isOfEnd(code)
      ? `${this.#path} is no longer open: ${message}`
      : problemOf(this.#path, code, message);
    return new StoreError(problem, code, { cause: failure });
  }
}

function isOfEnd(code: string): boolean {
  return code === workerEnded || code === unanswered;
}

interface Thread {
  readonly worker: Worker;
  readonly calls: WorkerCalls;
}

function startThread(program: string, path: string, onEnd: (failure: CallFailure) => void): Thread {
  const workerData: WorkerData = { path };
  const worker = new Worker(new URL(program, import.meta.url), { workerData });
  return { worker, calls: new WorkerCalls(worker, onEnd) };
}
