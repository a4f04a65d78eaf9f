import type { ErrorCode } from '../protocol/messages.js';
import type { Notice } from './notices.js';

/** What a session is owed: the rooms that it reads. */
export interface Owed {
  /** Whether it has been sent all of it, as far as it is known by now. */
  readonly areServed: boolean;
  /** It is what there is now, and nothing that comes later. */
  endAtHeads(): void;
}

/** What is done at the very end. */
export interface Concluded {
  /** Tells it the last thing and closes its connection; `code` is why the server does, if so. */
  conclude(lastWord: Notice | undefined, code: ErrorCode | undefined): void;
}

/**
 * The end of a session, from the moment that nothing is read from it any more: what it has
 * sent is stored, it gets what it is owed, then the last word, and its connection is closed.
 */
export class Ending {
  /** Why, as a sentence. */
  reason: string;
  readonly #session: Concluded;
  readonly #owed: Owed;
  #lastWord: Notice | undefined;
  #code: ErrorCode | undefined;
  #isSettled = false;
  #isOver = false;

  constructor(session: Concluded, owed: Owed, reason: string) {
    this.#session = session;
    this.#owed = owed;
    this.reason = reason;
  }

  /** Whether it has been told the last thing: nothing is sent any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get hasLastWord(): boolean {
    return this.#lastWord !== undefined;
  }

  /** What is said last, in the place of what was to be said before. */
  sayLast(word: Notice, code: ErrorCode): void {
    this.#lastWord = word;
    this.#code = code;
  }

  /** What it has sent is stored and handed out, or refused. */
  settled(): void {
    this.#isSettled = true;
    this.#owed.endAtHeads();
    this.concludeIfServed();
  }

  concludeIfServed(): void {
    if (this.#isOver || !this.#isSettled || !this.#owed.areServed) return;
    this.#isOver = true;
    this.#session.conclude(this.#lastWord, this.#code);
  }
}
