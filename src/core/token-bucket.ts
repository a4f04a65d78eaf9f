/**
 * Who has used up all tokens waits until there are those of so many seconds, at least one:
 * to go on for each single one would cost more than what it is for.
 */
const waitSeconds = 0.1;

/** Lets a burst through, and `perSecond` in the long run. */
export class TokenBucket {
  readonly perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAtMs: number;

  /** Begins full. */
  constructor(perSecond: number, burst: number, nowMs: number) {
    this.perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAtMs = nowMs;
  }

  /** Takes so many tokens, there or not; returns for how many milliseconds to wait then. */
  take(nowMs: number, tokens = 1): number {
    if (nowMs !== this.#filledAtMs) {
      const gained = ((nowMs - this.#filledAtMs) / 1000) * this.perSecond;
      this.#tokens = Math.min(this.#burst, this.#tokens + gained);
      this.#filledAtMs = nowMs;
    }
    this.#tokens -= tokens;
    if (this.#tokens >= 1) return 0;
    const wanted = Math.max(1, Math.min(this.#burst, this.perSecond * waitSeconds));
    return ((wanted - this.#tokens) / this.perSecond) * 1000;
  }
}
