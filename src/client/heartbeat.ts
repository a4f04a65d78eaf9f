import type { ClientEnvironment } from './environment.js';

/** What a heartbeat watches by, and whom it tells. */
export interface HeartbeatOptions {
  /** Silence after which to ask for a sign of life; 0 for never. */
  readonly silenceMs: number;
  /** How long to wait for one then. */
  readonly answerMs: number;
  readonly ask: () => void;
  readonly silent: () => void;
}

/**
 * Notices when the other side has gone without a word, as it does when a cable is
 * pulled (chat.proto, "Silent connections"). Has one timer, whatever arrives.
 */
export class Heartbeat {
  readonly #environment: ClientEnvironment;
  readonly #options: HeartbeatOptions;
  #heardMs: number;
  #isAsking = false;
  #stop: () => void = () => {};

  constructor(environment: ClientEnvironment, options: HeartbeatOptions) {
    this.#environment = environment;
    this.#options = options;
    this.#heardMs = environment.monotonicMs();
    if (options.silenceMs > 0) this.#wait(options.silenceMs);
  }

  /** Something has arrived. */
  heard(): void {
    this.#heardMs = this.#environment.monotonicMs();
    this.#isAsking = false;
  }

  stop(): void {
    this.#stop();
  }

  #wait(delayMs: number): void {
    this.#stop = this.#environment.after(delayMs, () => this.#check());
  }

  #check(): void {
    const { silenceMs, answerMs, ask, silent } = this.#options;
    if (this.#isAsking) {
      silent();
      return;
    }
    const leftMs = silenceMs - (this.#environment.monotonicMs() - this.#heardMs);
    if (leftMs > 0) {
      this.#wait(leftMs);
      return;
    }
    this.#isAsking = true;
    this.#wait(answerMs);
    ask();
  }
}
