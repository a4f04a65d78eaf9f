import { networkOf } from './addresses.js';

/** So many logins of one network may fail at once, of each kind. */
const burst = 10;

/** And so many after that, in the long run. */
const perMinute = 3;

/** Networks that are remembered at most: some megabytes. The one that failed longest ago goes. */
const networksMax = 10_000;

const perMs = perMinute / 60_000;

/** After so long without a failure, a network is as if it had never failed. */
const forgottenAfterMs = burst / perMs;

interface Failures {
  /** How many more may fail now; grows again with time. */
  left: number;
  atMs: number;
}

/**
 * Counts the logins that fail, by the network that they come from and by what is tried: a token, or
 * the password of an account. It limits failures, not logins: a token that is good is looked at
 * first, and counts nowhere. So nobody who shares an address with somebody else can lock him out.
 * To look at a password costs too much for that.
 */
export class FailedLogins {
  /** By network and what was tried; those that failed longest ago come first. */
  readonly #byKey = new Map<string, Failures>();

  /** How many networks are remembered. */
  get size(): number {
    return this.#byKey.size;
  }

  /**
   * One more has failed. Returns 0 when it may be told so; otherwise there were too many, and it
   * returns after how many milliseconds another one may fail.
   */
  failed(address: string, nowMs: number, what = ''): number {
    const key = keyOf(address, what);
    const left = this.#leftFor(key, nowMs);
    const isTooMany = left < 1;
    // It goes to the end, as the last that failed.
    this.#byKey.delete(key);
    this.#makeRoom(nowMs);
    this.#byKey.set(key, { left: isTooMany ? left : left - 1, atMs: nowMs });
    return isTooMany ? waitFor(left) : 0;
  }

  /** After how many milliseconds another one may fail; 0 for now. */
  waitMs(address: string, nowMs: number, what = ''): number {
    const left = this.#leftFor(keyOf(address, what), nowMs);
    return left < 1 ? waitFor(left) : 0;
  }

  #leftFor(key: string, nowMs: number): number {
    const { left, atMs } = this.#byKey.get(key) ?? { left: burst, atMs: nowMs };
    return Math.min(burst, left + (nowMs - atMs) * perMs);
  }

  #makeRoom(nowMs: number): void {
    for (const [key, { atMs }] of this.#byKey) {
      const isFull = this.#byKey.size >= networksMax;
      if (!isFull && nowMs - atMs < forgottenAfterMs) return;
      this.#byKey.delete(key);
    }
  }
}

function keyOf(address: string, what: string): string {
  return `${networkOf(address)} ${what}`;
}

function waitFor(left: number): number {
  return Math.ceil((1 - left) / perMs);
}
