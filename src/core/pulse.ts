import { ErrorCode, GoodbyeReason } from '../protocol/messages.js';
import type { Session } from './session.js';

/** The slowest reader that is given time to get to a ping behind what was sent before it. */
const readerBytesPerSecond = 10 * 1024;

/** What can be on the way at most: the largest buffers that systems give a connection. */
const onTheWayBytesMax = 8 * 1024 * 1024;

/**
 * Whether a full session is still there. A connection whose peer is gone without a
 * word can stand for hours; so when nothing was heard for a while, the peer is asked, and
 * when nothing comes back it is given up.
 *
 * The ping waits behind whatever was sent before, and a slow reader may take long to get
 * there. That is no silence, so it is given the time.
 */
export class Pulse {
  readonly #session: Session;
  #heardAtTick: number;
  #bytesSentThen = 0;
  #isAsked = false;
  #graceMs = 0;

  constructor(session: Session) {
    this.#session = session;
    this.#heardAtTick = session.node.timeouts.tick;
  }

  /** Something has arrived. */
  beat(): void {
    this.#heardAtTick = this.#session.node.timeouts.tick;
    this.#isAsked = false;
  }

  /** One look, each `Timeouts.intervalMs`. */
  look(): void {
    const { node } = this.#session;
    const { tick, intervalMs } = node.timeouts;
    // While it is not read, nothing can be heard; while bytes wait, the transport watches.
    if (this.#session.isPaused || this.#session.isFull) this.beat();
    const silentMs = (tick - this.#heardAtTick) * intervalMs;
    if (silentMs <= intervalMs) this.#bytesSentThen = this.#session.bytesSent;
    const { silenceTimeoutMs, pongTimeoutMs } = node.limits;
    if (silentMs < silenceTimeoutMs) return;
    if (!this.#isAsked) {
      const bytes = Math.min(this.#session.bytesSent - this.#bytesSentThen, onTheWayBytesMax);
      this.#graceMs = pongTimeoutMs + (bytes / readerBytesPerSecond) * 1000;
      this.#isAsked = true;
      this.#session.tell({ control: { $case: 'ping', ping: { nonce: tick % 2 ** 32 } } });
    } else if (silentMs >= silenceTimeoutMs + this.#graceMs) {
      const reason = GoodbyeReason.GOODBYE_REASON_SILENT;
      this.#session.close(ErrorCode.ERROR_CODE_SILENT, reason);
    }
  }
}
