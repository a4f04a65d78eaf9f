import type { Worker } from 'node:worker_threads';
import { Queue } from '../../core/queue.js';
import type { Reply } from './worker-reply.js';

/** What a worker answered instead of a result. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** The code of a failure when there is no worker any more to answer. */
export const workerEnded = 'WORKER_ENDED';

/**
 * Calls to a worker that answers each with one reply, in their order. When the worker
 * ends, the calls that are open and all later ones reject with a `CallFailure`.
 */
export class WorkerCalls {
  readonly #worker: Worker;
  /** Those that wait for their reply, oldest first. */
  readonly #open = new Queue<OpenCall>();
  #end: CallFailure | undefined;

  readonly #onLost: (failure: CallFailure) => void;

  /** `onLost` is called when the worker has ended, before its calls reject. */
  constructor(worker: Worker, onLost: (failure: CallFailure) => void = () => {}) {
    this.#onLost = onLost;
    this.#worker = worker;
    worker.on('message', (reply: Reply) => this.#settle(reply));
    worker.on('error', (error) => this.#fail(`has failed: ${error.message}`));
    worker.on('exit', () => this.#fail('has ended'));
  }

  async call(request: unknown): Promise<unknown> {
    if (this.#end !== undefined) throw this.#end;
    return await this.expect(() => this.#worker.postMessage(request));
  }

  /** The next reply, to what `ask` does; the worker may also say something by itself. */
  async expect(ask: () => void = () => {}): Promise<unknown> {
    return await new Promise((resolve, reject) => {
      ask();
      this.#open.push({ resolve, reject });
    });
  }

  #settle(reply: Reply): void {
    const call = this.#open.shift();
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
      this.#end = new CallFailure(`its thread ${what}`, workerEnded);
      this.#onLost(this.#end);
    }
    while (this.#open.length > 0) this.#open.shift().reject(this.#end);
  }
}

interface OpenCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}
