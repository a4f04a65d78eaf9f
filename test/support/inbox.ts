/** Long enough for any machine; a test that waits so long has failed. */
const failureMs = 10_000;

/** What has arrived for a test and was not asked for yet; whoever waits is told what for. */
export class Inbox<Item> {
  readonly #items: Item[] = [];
  #taken = 0;
  #isEnded = false;
  #problem: Error | undefined;
  #waiting: (() => void)[] = [];

  /** How many have arrived that nobody has asked for yet. */
  get pending(): number {
    return this.#items.length - this.#taken;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  push(item: Item): void {
    this.#items.push(item);
    this.#wake();
  }

  /** Nothing more arrives; with a problem, this is no good end. */
  end(problem?: Error): void {
    this.#problem ??= problem;
    this.#isEnded = true;
    this.#wake();
  }

  async next(what: string): Promise<Item> {
    await this.until(() => this.pending > 0 || this.#isEnded, what);
    if (this.pending === 0) {
      const why = this.#problem === undefined ? '' : ` (${this.#problem.message})`;
      throw new Error(`the connection was closed${why} while ${what} was awaited`);
    }
    const item = this.#items[this.#taken]!;
    this.#taken += 1;
    // What was taken is not kept for the whole of a long test.
    if (this.pending === 0) this.#items.length = this.#taken = 0;
    return item;
  }

  /** All that arrives until the end, which must be a good one. */
  async rest(): Promise<Item[]> {
    await this.until(() => this.#isEnded, 'the end of the connection');
    if (this.#problem !== undefined) throw this.#problem;
    const items = this.#items.slice(this.#taken);
    this.#items.length = this.#taken = 0;
    return items;
  }

  /** Settles when it is so; that is looked at whenever something arrives. */
  async until(condition: () => boolean, what: string): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`${what} did not come within ${failureMs} ms`));
        }, failureMs);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
