import type { SessionLimits } from '../protocol/limits.js';
import type { Clock } from './ports.js';
import type { Timeouts, Watched } from './timeouts.js';

/** Whose frames have to arrive whole. */
export interface FrameReader {
  /** Whether it is not read at the moment, so that the peer cannot finish its frame. */
  readonly isHeldBack: boolean;
  /** A frame has been on its way for too long. */
  frameTookTooLong(): void;
}

/** What the time is taken with. */
export interface FrameTimeoutParts {
  readonly clock: Clock;
  readonly timeouts: Pick<Timeouts, 'watch' | 'forget'>;
  readonly limits: Pick<SessionLimits, 'frameTimeoutMs'>;
}

/** The time that a frame has to arrive whole, from the moment that some of it has. */
export class FrameTimeout implements Watched {
  readonly #reader: FrameReader;
  readonly #parts: FrameTimeoutParts;
  /** When the frame was begun that is on its way. */
  #begunAtMs: number | undefined;

  constructor(reader: FrameReader, parts: FrameTimeoutParts) {
    this.#reader = reader;
    this.#parts = parts;
  }

  /** Some of a frame has arrived by now, and not all of it. */
  waits(): void {
    if (this.#begunAtMs !== undefined) return;
    this.#begunAtMs = this.#parts.clock.monotonicMs();
    this.#parts.timeouts.watch(this);
  }

  /** The frame has arrived; what there is of another one has just begun. */
  arrived(): void {
    this.#begunAtMs = undefined;
  }

  /** Nothing is on its way. */
  stop(): void {
    this.#begunAtMs = undefined;
    this.#parts.timeouts.forget(this);
  }

  check(nowMs: number): void {
    if (this.#reader.isHeldBack) this.#begunAtMs = nowMs;
    const begunAtMs = this.#begunAtMs ?? nowMs;
    if (nowMs - begunAtMs < this.#parts.limits.frameTimeoutMs) return;
    this.#reader.frameTookTooLong();
  }
}
