import type { MessagePort } from 'node:worker_threads';
import { codeOf } from '../errors.js';

/** What a thread is asked. */
export interface Call<Request> {
  /** Comes back with the answer; from 1 on. */
  readonly id: number;
  readonly request: Request;
}

/** What a thread answers. */
export type Reply = { readonly id: number } & (
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
);

/** The id of what a thread says without being asked: that it has begun. */
export const firstWord = 0;

/** Answers with what `work` returns or throws; when it returns a promise, once that settles. */
export function reply(port: MessagePort, id: number, work: () => unknown): void {
  const done = (result: unknown): void => {
    port.postMessage({ id, kind: 'done', result } satisfies Reply);
  };
  const failed = (error: unknown): void => {
    const { message } = error as Error;
    port.postMessage({ id, kind: 'failed', code: codeOf(error), message } satisfies Reply);
  };
  let result: unknown;
  try {
    result = work();
  } catch (error) {
    failed(error);
    return;
  }
  if (result instanceof Promise) void replyLater(result, done, failed);
  else done(result);
}

async function replyLater(
  result: Promise<unknown>,
  done: (result: unknown) => void,
  failed: (error: unknown) => void,
): Promise<void> {
  try {
    done(await result);
  } catch (error) {
    failed(error);
  }
}
