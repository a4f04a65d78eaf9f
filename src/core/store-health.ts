import type { Clock, Observer, Store } from './ports.js';

/** What is known is believed for so long. */
const knownMs = 1000;

/** When it makes sense to try again what the store has not taken. */
export const askedAgainMs = knownMs;

/** What the store's health is asked and told with. */
export interface StoreHealthParts {
  readonly store: Pick<Store, 'probe'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly observer: Observer;
}

/** Whether the store takes messages, as the last append or probe has shown. */
export class StoreHealth {
  readonly #parts: StoreHealthParts;
  #problem: Error | undefined;
  #knownAtMs = -Infinity;
  #probing: Promise<Error | undefined> | undefined;

  constructor(parts: StoreHealthParts) {
    this.#parts = parts;
  }

  /**
   * An append has just succeeded, or failed with this problem. The observer is told of the
   * first failure, and of its end.
   */
  note(problem: Error | undefined): void {
    const { observer, clock } = this.#parts;
    const before = this.#problem;
    this.#problem = problem;
    this.#knownAtMs = clock.monotonicMs();
    if (problem !== undefined && before === undefined) observer.storeFailed?.(problem.message);
    if (problem === undefined && before !== undefined) observer.storeRecovered?.();
  }

  /**
   * Why the store takes nothing; undefined when it does. It is asked unless that is known
   * already: it costs as much as an append, and anybody can want to know.
   */
  async problem(): Promise<Error | undefined> {
    if (this.#parts.clock.monotonicMs() - this.#knownAtMs < knownMs) return this.#problem;
    this.#probing ??= this.#probe().finally(() => (this.#probing = undefined));
    return await this.#probing;
  }

  async #probe(): Promise<Error | undefined> {
    try {
      await this.#parts.store.probe();
      this.note(undefined);
    } catch (error) {
      this.note(error as Error);
    }
    return this.#problem;
  }
}
