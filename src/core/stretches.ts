import type { Stretch } from './ports.js';

/** Numbers of a room, as stretches that neither touch nor overlap, in ascending order. */
export class Stretches {
  #stretches: readonly Stretch[] = [];

  /** How many numbers these are. */
  get count(): number {
    return this.#stretches.reduce((sum, { fromSeq, toSeq }) => sum + toSeq - fromSeq + 1, 0);
  }

  /** Returns how many of them were not there before. */
  add({ fromSeq, toSeq }: Stretch): number {
    const before = this.count;
    const isApart = (one: Stretch): boolean => one.toSeq < fromSeq - 1 || one.fromSeq > toSeq + 1;
    const joined = this.#stretches.filter((one) => !isApart(one));
    const whole = {
      fromSeq: Math.min(fromSeq, ...joined.map((one) => one.fromSeq)),
      toSeq: Math.max(toSeq, ...joined.map((one) => one.toSeq)),
    };
    this.#stretches = [...this.#stretches.filter(isApart), whole].sort(
      (a, b) => a.fromSeq - b.fromSeq,
    );
    return this.count - before;
  }

  /** Forgets the numbers below this one. */
  removeBelow(seq: number): void {
    this.#stretches = this.#stretches
      .filter(({ toSeq }) => toSeq >= seq)
      .map(({ fromSeq, toSeq }) => ({ fromSeq: Math.max(fromSeq, seq), toSeq }));
  }
}
