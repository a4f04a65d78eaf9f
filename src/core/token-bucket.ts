/** Lets a burst through, and `perSecond` in the long run. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAtMs: number;

  /** Begins full. */
  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAtMs = nowMs;
  }

  /**
   * Takes so many tokens, there or not; returns how many milliseconds it takes until there
   * is one again.
   */
  take(nowMs: number, tokens = 1): number {
    if (nowMs !== this.#filledAtMs) {
      const gained = ((nowMs - this.#filledAtMs) / 1000) * this.#perSecond;
      this.#tokens = Math.min(this.#burst, this.#tokens + gained);
      this.#filledAtMs = nowMs;
    }
    this.#tokens -= tokens;
    return this.#tokens >= 1 ? 0 : ((1 - this.#tokens) / this.#perSecond) * 1000;
  }
}
