import type { SessionLimits } from '../protocol/limits.js';
import type { Clock } from './ports.js';

/** How often the deadlines are checked; what expires does so at most that much late. */
const sweepIntervalMsMax = 1000;

/** Something that may take too long. */
export interface Watched {
  /** Called from time to time, with the clock's monotonic milliseconds. */
  check(nowMs: number): void;
}

/** Whatever may take too long: frames that were begun, silence, first words. One timer for all. */
export class Timeouts {
  /** Grows with each check: a clock that costs nothing to read. */
  tick = 0;
  readonly intervalMs: number;
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #isSweeping = false;

  constructor(clock: Clock, limits: SessionLimits) {
    this.#clock = clock;
    const { frameTimeoutMs, firstFrameTimeoutMs, silenceTimeoutMs, pongTimeoutMs } = limits;
    const shortestMs = Math.min(
      frameTimeoutMs,
      firstFrameTimeoutMs,
      silenceTimeoutMs,
      pongTimeoutMs,
    );
    this.intervalMs = Math.min(sweepIntervalMsMax, shortestMs / 2);
  }

  watch(watched: Watched): void {
    this.#watched.add(watched);
    this.#sweepLater();
  }

  forget(watched: Watched): void {
    this.#watched.delete(watched);
  }

  #sweepLater(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#clock.after(this.intervalMs, () => {
      this.tick += 1;
      const nowMs = this.#clock.monotonicMs();
      for (const watched of this.#watched) watched.check(nowMs);
      this.#isSweeping = false;
      if (this.#watched.size > 0) this.#sweepLater();
    });
  }
}
