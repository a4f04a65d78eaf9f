import type { SessionLimits } from '../protocol/limits.js';
import type { Clock } from './ports.js';
import type { Timeouts, Watched } from './timeouts.js';

/** Somebody who has connected. */
export interface Newcomer {
  /** Whether it still has to say something. */
  readonly hasToSpeak: boolean;
  /** It has taken too long, and is to be sent away. */
  tookTooLong(): void;
}

/** What the time is taken with. */
export interface FirstFrameTimeoutParts {
  readonly clock: Clock;
  readonly timeouts: Pick<Timeouts, 'watch' | 'forget'>;
  readonly limits: Pick<SessionLimits, 'firstFrameTimeoutMs'>;
}

/**
 * The time that a session has for its first frame, or for a hello that is welcomed, on
 * connections that cost more than a socket. Whoever has said its name may listen as long as
 * it likes.
 */
export class FirstFrameTimeout implements Watched {
  readonly #newcomer: Newcomer;
  readonly #parts: FirstFrameTimeoutParts;
  readonly #beganAtMs: number;

  /** Begins now. */
  constructor(newcomer: Newcomer, parts: FirstFrameTimeoutParts) {
    this.#newcomer = newcomer;
    this.#parts = parts;
    this.#beganAtMs = parts.clock.monotonicMs();
    parts.timeouts.watch(this);
  }

  check(nowMs: number): void {
    const { limits, timeouts } = this.#parts;
    if (this.#newcomer.hasToSpeak) {
      if (nowMs - this.#beganAtMs < limits.firstFrameTimeoutMs) return;
      this.#newcomer.tookTooLong();
    }
    timeouts.forget(this);
  }
}
