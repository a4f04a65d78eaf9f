import type { ChatClient } from '../client/client.js';
import { printable } from '../protocol/printable.js';
import { ExitError, exitCodes } from './exit-codes.js';
import { counted } from './format.js';

/**
 * Watches over what a program that nobody watches is waiting for: it must go on at least
 * every so often, and a lost connection must be back by then.
 */
export class Deadline {
  /** Rejects with `ExitError` when it does not, or there will be no connection any more. */
  readonly passed: Promise<never>;
  readonly #timeoutMs: number;
  readonly #isPatient: boolean;
  #waiting = 0;
  /** Why there is no connection now. */
  #loss: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wake: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  /** A patient one waits for a lost connection as long as it takes. */
  constructor(client: ChatClient, timeoutMs: number, isPatient = false) {
    this.#timeoutMs = timeoutMs;
    this.#isPatient = isPatient;
    this.passed = new Promise((_, reject) => (this.#reject = reject));
    client.on('close', (error) => {
      this.#expire(exitCodes.cannotConnect, error.message);
    });
    client.on('state', (state) => {
      if (state.kind === 'waiting' && this.#loss === undefined) {
        this.#loss = state.reason;
        this.#restart();
      } else if (state.kind === 'open') {
        this.#loss = undefined;
        this.#restart();
      }
    });
  }

  /** Waits for one thing more. What it rejects with is passed on. */
  add(confirmation: Promise<unknown>): void {
    this.#waiting += 1;
    if (this.#waiting === 1) this.#restart();
    confirmation.then(
      () => {
        this.#waiting -= 1;
        this.#restart();
        this.#wake();
      },
      (error: Error) => this.#reject(error),
    );
  }

  /** Settles when no more things than that are waited for. */
  async untilAtMost(count: number): Promise<void> {
    while (this.#waiting > count) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** Something has happened. */
  goesOn(): void {
    this.#timer?.refresh();
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#waiting = 0;
    this.#loss = undefined;
    this.#restart();
  }

  #restart(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const isDue = this.#loss === undefined ? this.#waiting > 0 : !this.#isPatient;
    if (isDue) this.#timer = setTimeout(() => this.#late(), this.#timeoutMs);
  }

  #late(): void {
    const seconds = this.#timeoutMs / 1000;
    if (this.#loss === undefined) {
      const sentence = `${counted(this.#waiting, 'message')} not confirmed within ${seconds} s`;
      this.#expire(exitCodes.timedOut, sentence);
    } else {
      this.#expire(exitCodes.cannotConnect, `no connection for ${seconds} s: ${this.#loss}`);
    }
  }

  #expire(exitCode: number, sentence: string): void {
    this.#reject(new ExitError(exitCode, printable(sentence)));
  }
}
