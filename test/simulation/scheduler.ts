import type { Random } from '../support/random.js';

interface Event {
  readonly atMs: number;
  /** Decides between events of the same time; so the seed decides. */
  readonly order: number;
  readonly run: () => void;
}

/** Simulated time: what happens, happens one after another, in an order that the seed decides. */
export class Scheduler {
  readonly random: Random;
  nowMs = 0;
  /** How many events there have been. */
  events = 0;
  /** A binary heap, the next event first. */
  readonly #heap: Event[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  /** Calls back after that long; returns a function that prevents it. */
  after(delayMs: number, callback: () => void): () => void {
    let isCancelled = false;
    this.#push({
      atMs: this.nowMs + delayMs,
      order: this.random.next(),
      run: () => {
        if (!isCancelled) callback();
      },
    });
    return () => (isCancelled = true);
  }

  /** Lets time pass until `until` says so; throws when nothing happens any more, or too much. */
  async run(until: () => boolean, eventsMax: number, what: string): Promise<void> {
    const last = this.events + eventsMax;
    while (!until()) {
      const event = this.#pop();
      if (event === undefined) throw new Error(`${what}: nothing happens any more`);
      if (this.events > last) throw new Error(`${what}: not after ${eventsMax} events`);
      this.events += 1;
      this.nowMs = event.atMs;
      event.run();
      // Everything that was promised and can go on does so before the next event.
      await new Promise(setImmediate);
    }
  }

  /** Lets that much time pass. */
  async pass(durationMs: number): Promise<void> {
    let isOver = false;
    this.after(durationMs, () => (isOver = true));
    await this.run(() => isOver, Infinity, 'a while');
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let place = heap.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const moved = heap.pop();
    if (first === undefined || moved === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, moved)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = moved;
    return first;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
