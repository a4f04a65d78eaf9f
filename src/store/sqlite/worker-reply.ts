import type { MessagePort } from 'node:worker_threads';
import { codeOf } from '../errors.js';

/** What a thread answers to a request. */
export type Reply =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/** Answers with what `work` returns or throws. */
export function reply(port: MessagePort, work: () => unknown): void {
  let answer: Reply;
  try {
    answer = { kind: 'done', result: work() };
  } catch (error) {
    answer = { kind: 'failed', code: codeOf(error), message: (error as Error).message };
  }
  port.postMessage(answer);
}
