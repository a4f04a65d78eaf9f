/** Turns calls into an async iteration: what is pushed waits until the loop takes it. */
export class MessageQueue<Item> implements AsyncIterableIterator<Item> {
  #items: Item[] = [];
  #waiting: { resolve: () => void } | undefined;
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

  /** Ends the iteration behind what was pushed, with an error if there is one. */
  end(error?: Error): void {
    this.#hasEnded = true;
    this.#error = error;
    this.#wake();
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    while (this.#items.length === 0 && !this.#hasEnded) {
      await new Promise<void>((resolve) => (this.#waiting = { resolve }));
    }
    if (this.#items.length > 0) return { done: false, value: this.#items.shift()! };
    if (this.#error !== undefined) throw this.#error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.#stop();
    this.#items = [];
    this.end();
    return await Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #wake(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}
