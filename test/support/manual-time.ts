import type { ClientEnvironment } from '../../src/client/environment.js';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Time that passes when a test says so, and numbers that are drawn as it wants. */
export class ManualTime implements ClientEnvironment {
  /** What `random` answers. */
  chance = 0.5;
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  random(): number {
    return this.chance;
  }

  /** How many callbacks are still to come. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass, and calls back what is due, in its order. */
  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs;
    for (;;) {
      const [next] = [...this.#timers]
        .filter(({ dueMs }) => dueMs <= endMs)
        .toSorted((one, other) => one.dueMs - other.dueMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = next.dueMs;
      next.callback();
    }
    this.#nowMs = endMs;
  }
}
