import type { SessionLimits } from '../protocol/limits.js';
import { ErrorCode, GoodbyeReason } from '../protocol/messages.js';
import type { Notice } from './notices.js';
import type { Timeouts, Watched } from './timeouts.js';

/** The slowest reader that is given time to get to a ping after what was sent before it. */
const readerBytesPerSecond = 10 * 1024;

/** What can be on the way at most: the largest buffers that systems give a connection. */
const onTheWayBytesMax = 8 * 1024 * 1024;

/** After so many bytes the peer is asked how far it is, so that this is never far unknown. */
const probeBytes = 512 * 1024;

/** Somebody who may have gone without a word. */
export interface HeartbeatPeer {
  /** Whether it is not read, so that nothing can be heard of it. */
  readonly isPaused: boolean;
  /** Whether so much waits for it that the transport watches how it is taken. */
  readonly isFull: boolean;
  /** All bytes that were ever written to it. */
  readonly bytesSent: number;
  tell(notice: Notice): void;
  close(code: ErrorCode, reason: GoodbyeReason): void;
}

/** What is needed to tell how long somebody has been silent. */
export interface HeartbeatParts {
  readonly timeouts: Pick<Timeouts, 'tick' | 'intervalMs' | 'watch'>;
  readonly limits: Pick<SessionLimits, 'silenceTimeoutMs' | 'pongTimeoutMs'>;
}

/**
 * Whether a full session is still there. A connection whose peer is gone without a
 * word can stand for hours; so when nothing was heard for a while, the peer is asked, and
 * when nothing comes back it is given up.
 *
 * The ping waits for whatever was sent before it, and a slow reader may take long to get
 * there. That is no silence, so it is given the time: what was sent since the last ping
 * that it has answered is what it may have before it.
 */
export class Heartbeat implements Watched {
  readonly #session: HeartbeatPeer;
  readonly #parts: HeartbeatParts;
  #heardAtTick: number;
  /** The last ping, while it is not answered. */
  #asked:
    { readonly atTick: number; readonly nonce: number; readonly bytesSent: number } | undefined;
  /** Whether something has arrived since that ping. */
  #hasHeardSince = false;
  #pingsEver = 0;
  /** What the peer has read for certain. */
  #bytesRead: number;

  constructor(session: HeartbeatPeer, parts: HeartbeatParts) {
    this.#session = session;
    this.#parts = parts;
    this.#heardAtTick = parts.timeouts.tick;
    this.#bytesRead = session.bytesSent;
  }

  /** Something has arrived. */
  heard(): void {
    this.#heardAtTick = this.#parts.timeouts.tick;
    this.#hasHeardSince = true;
  }

  /** A pong has arrived. */
  answered(nonce: number): void {
    if (this.#asked?.nonce !== nonce) return;
    this.#bytesRead = this.#asked.bytesSent;
    this.#asked = undefined;
  }

  /** Called once each `Timeouts.intervalMs`. */
  check(): void {
    const session = this.#session;
    const { limits, timeouts } = this.#parts;
    // While it is not read, nothing can be heard; while bytes wait, the transport watches.
    if (session.isPaused || session.isFull) this.heard();
    const isSilent = this.#msSince(this.#heardAtTick) >= limits.silenceTimeoutMs;
    if (isSilent && this.#asked !== undefined && !this.#hasHeardSince) {
      const bytes = Math.min(this.#asked.bytesSent - this.#bytesRead, onTheWayBytesMax);
      const graceMs = limits.pongTimeoutMs + (bytes / readerBytesPerSecond) * 1000;
      if (this.#msSince(this.#asked.atTick) < graceMs) return;
      session.close(ErrorCode.ERROR_CODE_SILENT, GoodbyeReason.GOODBYE_REASON_SILENT);
    } else if (
      isSilent ||
      (this.#asked === undefined && session.bytesSent - this.#bytesRead > probeBytes)
    ) {
      this.#ask(timeouts.tick);
    }
  }

  #ask(atTick: number): void {
    this.#hasHeardSince = false;
    this.#pingsEver += 1;
    const nonce = this.#pingsEver;
    this.#asked = { atTick, nonce, bytesSent: this.#session.bytesSent };
    this.#session.tell({ control: { $case: 'ping', ping: { nonce } } });
  }

  #msSince(tick: number): number {
    const { timeouts } = this.#parts;
    return (timeouts.tick - tick) * timeouts.intervalMs;
  }
}
