const firstDelayMs = 250;
const delayMsMax = 15_000;

/** Less would be a busy loop against a server that accepts and closes at once. */
const delayMsMin = 100;

/**
 * How long to wait before each attempt to connect again: anything up to 250 ms, then up
 * to twice as long each time, at most 15 s. The whole delay is drawn, not only a part,
 * so that the many clients of one server that comes back do not come all at once
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export class Backoff {
  readonly #random: () => number;
  #ceilingMs = firstDelayMs;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The delay before the next attempt, in milliseconds. */
  next(): number {
    const delayMs = Math.max(delayMsMin, Math.round(this.#random() * this.#ceilingMs));
    this.#ceilingMs = Math.min(delayMsMax, 2 * this.#ceilingMs);
    return delayMs;
  }

  /** Begins anew, after a connection that was good for a while. */
  reset(): void {
    this.#ceilingMs = firstDelayMs;
  }
}
