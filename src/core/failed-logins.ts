import { networkOf } from './addresses.js';

/** So many logins of one network may fail at once. */
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
 * Counts the logins that fail, by the network that they come from. It limits failures, not
 * logins: a proof that is good is looked at first, and counts nowhere. So nobody who shares an
 * address with somebody else can lock him out.
 */
export class FailedLogins {
  /** By network; those that failed longest ago come first. */
  readonly #byNetwork = new Map<string, Failures>();

  /** How many networks are remembered. */
  get size(): number {
    return this.#byNetwork.size;
  }

  /**
   * One more has failed. Returns 0 when it may be told so; otherwise there were too many, and it
   * returns after how many milliseconds another one may fail.
   */
  failed(address: string, nowMs: number): number {
    const network = networkOf(address);
    const { left, atMs } = this.#byNetwork.get(network) ?? { left: burst, atMs: nowMs };
    const now = { left: Math.min(burst, left + (nowMs - atMs) * perMs), atMs: nowMs };
    const isTooMany = now.left < 1;
    if (!isTooMany) now.left -= 1;
    // It goes to the end, as the last that failed.
    this.#byNetwork.delete(network);
    this.#makeRoom(nowMs);
    this.#byNetwork.set(network, now);
    return isTooMany ? Math.ceil((1 - now.left) / perMs) : 0;
  }

  #makeRoom(nowMs: number): void {
    for (const [network, { atMs }] of this.#byNetwork) {
      const isFull = this.#byNetwork.size >= networksMax;
      if (!isFull && nowMs - atMs < forgottenAfterMs) return;
      this.#byNetwork.delete(network);
    }
  }
}
