import type { ClientEnvironment } from '../../src/client/environment.js';
import type { Clock } from '../../src/core/ports.js';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Time that passes when a test says so, and numbers that are drawn as it wants. */
export class ManualTime implements ClientEnvironment, Clock {
  /** What `random` answers. */
  chance = 0.5;
  #nowMs = 0;
  readonly #timers = new Set<Timer>();
  #endsOfTurn: Array<() => void> = [];

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  endOfTurn(callback: () => void): void {
    this.#endsOfTurn.push(callback);
  }

  /** Ends a turn of the event loop; what is asked for meanwhile belongs to the next one. */
  turn(): void {
    const callbacks = this.#endsOfTurn;
    this.#endsOfTurn = [];
    for (const callback of callbacks) callback();
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
