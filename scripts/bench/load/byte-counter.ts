// Counts the frames of one connection without looking at them.
import type { Connection } from './connection.js';
import { waitFor } from './wait.js';

/** The slowest server has a few hundred thousand deliveries left when the publishers stop. */
const drainMs = 15_000;

export class ByteCounter {
  bytes = 0;
  readonly #frameBytes: number;

  constructor(connection: Connection, frameBytes: number) {
    this.#frameBytes = frameBytes;
    connection.receive = (_bytes, length) => {
      this.bytes += length;
    };
  }

  get frames(): number {
    return this.bytes / this.#frameBytes;
  }
}

/** Sums up; whole frames, as the last one of a connection may not be complete. */
export function countFrames(counters: readonly { readonly frames: number }[]): number {
  let frames = 0;
  for (const counter of counters) frames += Math.floor(counter.frames);
  return frames;
}

/** Waits until each counter is at exactly `sent`. */
export async function expectAll(
  counters: readonly { readonly frames: number }[],
  sent: number,
): Promise<void> {
  const wrong = (): number => counters.findIndex((counter) => counter.frames !== sent);
  await waitFor(
    () => wrong() < 0,
    drainMs,
    () => {
      const index = wrong();
      return `connection ${index} got ${counters[index]?.frames} of ${sent} messages`;
    },
  );
}
