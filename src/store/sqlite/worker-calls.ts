import type { Worker } from 'node:worker_threads';
import { firstWord, type Call, type Reply } from './worker-reply.js';

/** What a worker answered instead of a result. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** The code of a failure when there was no worker any more to be asked: nothing was done. */
export const workerEnded = 'WORKER_ENDED';

/** The code of a failure when the worker was asked, and has ended: nobody knows what was done. */
export const unanswered = 'WORKER_ENDED_UNANSWERED';

/**
 * Calls to a worker that answers each with one reply. When the worker ends, the calls that are
 * open and all later ones reject with a `CallFailure`.
 */
export class WorkerCalls {
  readonly #worker: Worker;
  readonly #onLost: (failure: CallFailure) => void;
  /** Those that wait for their reply, by their id, oldest first. */
  readonly #open = new Map<number, OpenCall>();
  #lastId = firstWord;
  #end: string | undefined;

  /** `onLost` is called when the worker has ended, before its calls reject. */
  constructor(worker: Worker, onLost: (failure: CallFailure) => void = () => {}) {
    this.#worker = worker;
    this.#onLost = onLost;
    worker.on('message', (reply: Reply) => this.#settle(reply));
    worker.on('error', (error) => this.#fail(`its thread has failed: ${error.message}`));
    worker.on('exit', () => this.#fail('its thread has ended'));
  }

  async call(request: unknown): Promise<unknown> {
    if (this.#end !== undefined) throw new CallFailure(this.#end, workerEnded);
    this.#lastId += 1;
    const id = this.#lastId;
    return await new Promise((resolve, reject) => {
      // First: it throws for what cannot be sent.
      this.#worker.postMessage({ id, request } satisfies Call<unknown>);
      this.#open.set(id, { resolve, reject });
    });
  }

  /** What the worker says by itself when it has begun. */
  async firstWord(): Promise<unknown> {
    return await new Promise((resolve, reject) => this.#open.set(firstWord, { resolve, reject }));
  }

  #settle(reply: Reply): void {
    const call = this.#open.get(reply.id)!;
    this.#open.delete(reply.id);
    switch (reply.kind) {
      case 'done':
        call.resolve(reply.result);
        break;
      case 'failed':
        call.reject(new CallFailure(reply.message, reply.code));
        break;
    }
  }

  #fail(what: string): void {
    if (this.#end === undefined) {
      this.#end = what;
      this.#onLost(new CallFailure(what, workerEnded));
    }
    const failure = new CallFailure(this.#end, unanswered);
    for (const { reject } of this.#open.values()) reject(failure);
    this.#open.clear();
  }
}

interface OpenCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}
