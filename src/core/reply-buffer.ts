import type { Encoding, MessageWriters } from '../protocol/encodings.js';
import type { MessageWriter } from '../protocol/message-writer.js';

/**
 * The memory in which replies are collected, so that those to one chunk are one write. One is
 * enough for all sessions, as reading never waits: it is lent to the one that is answered.
 *
 * Invariant: it is lent to one borrower at a time, and empty while it is lent to nobody. So no
 * session gets what is for another one.
 */
export class ReplyBuffer {
  readonly #writers: MessageWriters;
  #borrower: object | undefined;
  /** What was lent the last time: mostly it is the same again. */
  #encoding: Encoding | undefined;
  #writer: MessageWriter | undefined;

  constructor(writers: MessageWriters) {
    this.#writers = writers;
  }

  /** Whether nobody has it. */
  get isFree(): boolean {
    return this.#borrower === undefined;
  }

  /** Returns the writer of an encoding, which is empty and has to be empty again when it is given back. */
  lend(borrower: object, encoding: Encoding): MessageWriter {
    if (this.#borrower !== undefined) throw new Error('somebody else is being answered');
    this.#borrower = borrower;
    if (encoding !== this.#encoding) {
      this.#encoding = encoding;
      this.#writer = this.#writers.of(encoding);
    }
    return this.#writer!;
  }

  giveBack(borrower: object): void {
    if (this.#borrower !== borrower) throw new Error('it was lent to somebody else');
    if (this.#writer?.isEmpty !== true) throw new Error('replies were left behind');
    this.#borrower = undefined;
  }
}
