import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 20;

/** Resolves when `done` is true; rejects with what `complaint` says if it takes too long. */
export async function waitFor(
  done: () => boolean,
  timeoutMs: number,
  complaint: () => string,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!done()) {
    if (performance.now() > deadline) throw new Error(complaint());
    await delay(pollMs);
  }
}
