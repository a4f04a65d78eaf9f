import { Queue } from '../queue.js';

/** Turns calls into an async iteration: what is pushed waits until the loop takes it. */
export class MessageQueue<Item> implements AsyncIterableIterator<Item> {
  #items = new Queue<Item>();
  #waiting: Array<() => void> = [];
  #hasEnded = false;
  #error: Error | undefined;
  readonly #stop: () => void;

  /** `stop` is called when the loop is left. */
  constructor(stop: () => void) {
    this.#stop = stop;
  }

  push(item: Item): void {
    this.#items.push(item);
    this.#wake();
  }

  /** Ends the iteration after what was pushed, with an error if there is one. */
  end(error?: Error): void {
    this.#hasEnded = true;
    this.#error = error;
    this.#wake();
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    while (this.#items.length === 0 && !this.#hasEnded) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#items.length > 0) return { done: false, value: this.#items.shift() };
    if (this.#error !== undefined) throw this.#error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.#stop();
    this.#items = new Queue();
    this.end();
    return await Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Wakes all who wait: those for whom there is nothing wait again. */
  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
