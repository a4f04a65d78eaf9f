/** A file that holds a slot, and can do without while nothing is written to it. */
export interface SlotHolder {
  /** Closes the file until there is more to write; its slot is somebody else's then. Never rejects. */
  yieldSlot(): Promise<void>;
}

/**
 * How many files may be open at a time. Whoever opens one takes a slot first; when there is none
 * left, the file to which nothing was written for longest is closed.
 *
 * Invariant: the free slots, those that files hold, and those that are passed on at the moment
 * are together as many as in the beginning. Somebody waits only while no slot is free or idle.
 */
export class FileSlots {
  #free: number;
  /** Those to which nothing is written at the moment; the one that has been idle longest comes first. */
  readonly #idle = new Set<SlotHolder>();
  readonly #waiting: Array<() => void> = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Whether somebody waits for a slot: who holds one should not keep it for long. */
  get isWanted(): boolean {
    return this.#waiting.length > 0;
  }

  /** Settles when the caller has a slot. Those who wait get one in their order. */
  async take(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const [oldest] = this.#idle;
    if (oldest === undefined) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#idle.delete(oldest);
      await oldest.yieldSlot();
    }
  }

  /** The caller has closed its file. */
  giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }

  /** Nothing is written to this file at the moment, so that it may be closed for another. */
  idle(holder: SlotHolder): void {
    if (this.isWanted) void holder.yieldSlot().then(() => this.giveBack());
    else this.#idle.add(holder);
  }

  /** This file is not to be closed by somebody else now. */
  busy(holder: SlotHolder): void {
    this.#idle.delete(holder);
  }
}
