import type { SessionLimits } from '../protocol/limits.js';
import type { Intake } from './intake.js';
import type { Clock } from './ports.js';
import type { Pulse } from './pulse.js';

/** How often is looked; what expires does so at most that much late. */
const sweepIntervalMsMax = 1000;

/** Whatever may take too long: frames that were begun, and silence. One timer for all. */
export class Timeouts {
  /** Grows with each look: a clock that costs nothing to read. */
  tick = 0;
  readonly intervalMs: number;
  readonly #clock: Clock;
  readonly #unfinished = new Set<Intake>();
  readonly #pulses = new Set<Pulse>();
  #isSweeping = false;

  constructor(clock: Clock, limits: SessionLimits) {
    this.#clock = clock;
    const { frameTimeoutMs, silenceTimeoutMs, pongTimeoutMs } = limits;
    const shortestMs = Math.min(frameTimeoutMs, silenceTimeoutMs, pongTimeoutMs);
    this.intervalMs = Math.min(sweepIntervalMsMax, shortestMs / 2);
  }

  /** Has `expireFrame` called from time to time, until it is finished. */
  watchFrame(intake: Intake): void {
    this.#unfinished.add(intake);
    this.#sweepLater();
  }

  frameFinished(intake: Intake): void {
    this.#unfinished.delete(intake);
  }

  /** Has `look` called from time to time. */
  watchPulse(pulse: Pulse): void {
    this.#pulses.add(pulse);
    this.#sweepLater();
  }

  forgetPulse(pulse: Pulse): void {
    this.#pulses.delete(pulse);
  }

  #sweepLater(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#clock.after(this.intervalMs, () => {
      this.tick += 1;
      const nowMs = this.#clock.monotonicMs();
      for (const intake of this.#unfinished) intake.expireFrame(nowMs);
      for (const pulse of this.#pulses) pulse.look();
      this.#isSweeping = false;
      if (this.#unfinished.size + this.#pulses.size > 0) this.#sweepLater();
    });
  }
}
