import type { Clock } from './ports.js';
import { Queue } from '../queue.js';

/**
 * What one reader may do at once, in units of work: one is about what it takes to read a
 * short message and to answer it, one or two microseconds.
 */
const shareWork = 32;

/** What all readers together may do beyond their first shares in one turn: about a millisecond. */
const turnWorkMax = 512;

/** Something that goes on when it has a share again. */
export interface TurnTaker {
  /** Whether it is of no use any more. */
  readonly isDone: boolean;
  turnCame(): void;
}

/**
 * Shares out each turn of the event loop among all who have something to be read.
 *
 * In each turn everybody has one share without asking. Whoever needs more asks for the next
 * one, and gets it while the turn is young; after that it waits, and those who wait go on
 * in later turns, in their order. So one reader that is alone is hardly ever interrupted,
 * a thousand busy ones delay a quiet one by a share each, and nobody is left out.
 */
export class Turns {
  /** Tells the turns apart. It stays the same while nobody needs more than a share. */
  id = 0;
  readonly #clock: Clock;
  readonly #waiting = new Queue<TurnTaker>();
  #work = 0;
  #isEndDue = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What everybody has in each turn. */
  get shareWork(): number {
    return shareWork;
  }

  /** Whether there is another share in this turn. */
  takeShare(): boolean {
    this.#endLater();
    if (this.#work >= turnWorkMax) return false;
    this.#work += shareWork;
    return true;
  }

  /** Calls `turnCame` when it is this one's turn. */
  wait(taker: TurnTaker): void {
    this.#waiting.push(taker);
    this.#endLater();
  }

  #endLater(): void {
    if (this.#isEndDue) return;
    this.#isEndDue = true;
    this.#clock.endOfTurn(() => this.#end());
  }

  #end(): void {
    this.#isEndDue = false;
    this.id += 1;
    this.#work = 0;
    // Those who begin to wait meanwhile are of the next turn.
    let left = this.#waiting.length;
    for (let shares = turnWorkMax / shareWork; shares > 0 && left > 0; left -= 1) {
      const taker = this.#waiting.shift();
      if (taker.isDone) continue;
      taker.turnCame();
      shares -= 1;
    }
    if (this.#waiting.length > 0) this.#endLater();
  }
}
