import { GapReason, type ChatMessage } from '../../src/protocol/messages.js';
import { numberOf } from './crowd.js';

/**
 * Holds what a session gets against the promise: every numbered message once and in
 * order, or told exactly which are missing. Full and bare sessions are told in their own
 * ways. In these tests the number of a message is its seq.
 */
export class Ledger {
  /** The last message that came or was told missing. */
  last = 0;
  skipped = 0;
  notices = 0;

  take(message: ChatMessage): void {
    const { control, content, seq } = message;
    const missing = /^\(error\)(\d+) messages? w(?:as|ere) skipped/.exec(content);
    if (missing !== null) {
      this.#skip(Number(missing[1]));
    } else if (control?.$case === 'gap') {
      const { room, fromSeq, toSeq, reason } = control.gap;
      if (
        room !== 'lobby' ||
        fromSeq !== this.last + 1 ||
        reason !== GapReason.GAP_REASON_EXPIRED
      ) {
        throw new Error(`a gap after ${this.last} is ${JSON.stringify(control.gap)}`);
      }
      this.#skip(toSeq - this.last);
    } else {
      const number = numberOf(content);
      if (number !== this.last + 1 || (seq !== 0 && seq !== number)) {
        throw new Error(`after ${this.last} comes ${number}, seq ${seq}`);
      }
      this.last = number;
    }
  }

  #skip(count: number): void {
    if (!(count > 0)) throw new Error(`${count} messages are told missing`);
    this.last += count;
    this.skipped += count;
    this.notices += 1;
  }
}
