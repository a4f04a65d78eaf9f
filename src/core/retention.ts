import type { Clock, Store } from './ports.js';
import type { Rooms } from './rooms.js';

/** What of each room is kept; see `Retention` in ports.ts. */
export interface RetentionOptions {
  /** So many of the newest messages; 0 for all. */
  readonly entriesMax: number;
  /** Those that are not older than this; 0 for all. */
  readonly ageMsMax: number;
}

/** How often to check for what can go. */
const intervalMs = 10_000;

/** Removes what has expired, bit by bit, beside the chat. */
export class RetentionSweep {
  readonly #store: Store;
  readonly #rooms: Rooms;
  readonly #clock: Clock;
  #options: RetentionOptions;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(store: Store, rooms: Rooms, clock: Clock, options: RetentionOptions) {
    this.#store = store;
    this.#rooms = rooms;
    this.#clock = clock;
    this.#options = options;
    if (this.#isNeeded) this.#later();
  }

  /** Keeps something else from the next check on. */
  change(options: RetentionOptions): void {
    this.#options = options;
    if (this.#isNeeded && this.#cancel === undefined) this.#later();
  }

  get #isNeeded(): boolean {
    return this.#options.entriesMax > 0 || this.#options.ageMsMax > 0;
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #later(): void {
    if (this.#isStopped || !this.#isNeeded) {
      this.#cancel = undefined;
      return;
    }
    this.#cancel = this.#clock.after(intervalMs, () => {
      // A store that fails now is tried again at the next time.
      this.#sweep().then(
        () => this.#later(),
        () => this.#later(),
      );
    });
  }

  async #sweep(): Promise<void> {
    const { entriesMax, ageMsMax } = this.#options;
    for (let isMore = true; isMore && !this.#isStopped;) {
      const sinceMs = ageMsMax > 0 ? this.#clock.wallMs() - ageMsMax : 0;
      const trimmed = await this.#store.trim({ entriesMax, sinceMs });
      for (const { room, tailSeq } of trimmed.rooms) this.#rooms.get(room)?.log.trimmed(tailSeq);
      isMore = trimmed.isMore;
    }
  }
}
