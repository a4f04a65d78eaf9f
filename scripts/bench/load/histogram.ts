// Times of up to a second, one bucket per microsecond: percentiles without rounding
// and without keeping each sample.
const bucketCount = 1_000_000;

export class Histogram {
  readonly #buckets = new Uint32Array(bucketCount);
  #samples = 0;
  /** The longest time, whatever the last bucket is. */
  maxUs = 0;

  /** What is longer than the last bucket counts as that. */
  add(us: number): void {
    const bucket = Math.min(Math.max(0, us), bucketCount - 1);
    this.#buckets[bucket] = this.#buckets[bucket]! + 1;
    this.#samples += 1;
    this.maxUs = Math.max(this.maxUs, us);
  }

  /** The smallest time that at least this share of all samples does not exceed; 0 without samples. */
  percentile(share: number): number {
    const wanted = this.#samples * share;
    let seen = 0;
    for (let us = 0; us < bucketCount; us += 1) {
      seen += this.#buckets[us]!;
      if (seen >= wanted) return us;
    }
    return bucketCount - 1;
  }
}
