import type { Clock } from './ports.js';
import { Queue } from '../queue.js';

/** Something that goes on when there is memory again. */
export interface MemoryWaiter {
  /** Whether it is of no use any more. */
  readonly isDone: boolean;
  memoryCame(): void;
}

/** Those who wait go on when so much of all is free again, so that they do not stop at once. */
const freeShareMin = 1 / 16;

/** The parts of all at which what may wait for a session begins to shrink, and is nothing. */
const outboxesShrink = 1 / 2;
const outboxesEnd = 3 / 4;

/**
 * While none is free, some of those who wait go on all the same from time to time: what they
 * have sent and nobody has read is a part of what is held, and goes away by being read.
 */
const trickleMs = 50;
const trickleCount = 16;

/**
 * The memory that peers can make this process use, all of them together: what waits for
 * them, what has arrived from them and is not decoded, and what they have sent that is not
 * stored yet. Whoever holds such bytes says so here, and says when they are gone; bytes that
 * several connections share count once.
 *
 * As it becomes short those who hold the most are the first who have to wait, because what
 * one session may hold shrinks for all; when it is used up all new work waits.
 */
export class MemoryBudget {
  readonly bytesMax: number;
  readonly #clock: Clock;
  readonly #waiting = new Queue<MemoryWaiter>();
  #bytes = 0;
  #isWakeDue = false;
  #isTrickleDue = false;

  constructor(bytesMax: number, clock: Clock) {
    this.bytesMax = bytesMax;
    this.#clock = clock;
  }

  /** What is held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether nothing should be begun that needs memory. */
  get isUsedUp(): boolean {
    return this.#bytes >= this.bytesMax;
  }

  /**
   * How much of its own limit may wait for a single session at the moment: 1 while at most
   * half of all is held, from there on less and less, and 0 from three quarters on: the rest
   * is for what comes from peers, which those who do not read must not hold up.
   */
  get share(): number {
    const held = this.#bytes / this.bytesMax;
    return Math.min(1, Math.max(0, (outboxesEnd - held) / (outboxesEnd - outboxesShrink)));
  }

  hold(bytes: number): void {
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#waiting.length > 0) this.#wakeLater();
  }

  /** Calls `memoryCame` when there is some again. */
  wait(waiter: MemoryWaiter): void {
    this.#waiting.push(waiter);
    this.#trickleLater();
  }

  /** At the end of the turn: who releases some is in the middle of something else. */
  #wakeLater(): void {
    if (this.#isWakeDue || !this.#isEnoughFree) return;
    this.#isWakeDue = true;
    this.#clock.endOfTurn(() => {
      this.#isWakeDue = false;
      this.#wake(Infinity, () => this.#isEnoughFree);
    });
  }

  /** Lets at most so many of those go on who wait now, in their order. */
  #wake(most: number, isPossible: () => boolean): void {
    let left = most;
    for (let count = this.#waiting.length; count > 0 && left > 0 && isPossible(); count -= 1) {
      const waiter = this.#waiting.shift();
      if (waiter.isDone) continue;
      waiter.memoryCame();
      left -= 1;
    }
  }

  #trickleLater(): void {
    if (this.#isTrickleDue || this.#waiting.length === 0) return;
    this.#isTrickleDue = true;
    this.#clock.after(trickleMs, () => {
      this.#isTrickleDue = false;
      this.#wake(trickleCount, () => true);
      this.#trickleLater();
    });
  }

  get #isEnoughFree(): boolean {
    return this.#bytes <= this.bytesMax * (1 - freeShareMin);
  }
}
