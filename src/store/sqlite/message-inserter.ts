import { messageCheckSum } from './check-sums.js';
import { KnownDrafts, messageParts, type OnNotAdded } from './known-drafts.js';
import type { Room } from './rows.js';
import { messagesAtOnce, type MessageValue, type Statements } from './statements.js';

/** A message on its way to its row. */
export interface NewMessage {
  /** Its place among all drafts. */
  readonly place: number;
  readonly id: string;
  readonly author: string;
  readonly sender: string;
  readonly content: string;
  readonly sentAtMs: number;
}

/**
 * Inserts messages, several with one statement, which takes three quarters of the time (measured:
 * 2.9 instead of 3.9 µs for one of 100 bytes). Where one of them has an id that is known, they are
 * inserted one by one. What was added is inserted by the next `finish` at the latest.
 */
export class MessageInserter {
  readonly #statements: Statements;
  readonly #known: KnownDrafts;
  readonly #waiting: NewMessage[] = [];

  constructor(statements: Statements) {
    this.#statements = statements;
    this.#known = new KnownDrafts(statements);
  }

  add(room: Room, message: NewMessage, onNotAdded: OnNotAdded): void {
    this.#waiting.push(message);
    if (this.#waiting.length < messagesAtOnce) return;
    if (this.#insertTogether(room)) this.#waiting.length = 0;
    else this.finish(room, onNotAdded);
  }

  finish(room: Room, onNotAdded: OnNotAdded): void {
    for (const message of this.#waiting) this.#insert(room, message, onNotAdded);
    this.#waiting.length = 0;
  }

  /** Forgets what a failed transaction has left. */
  clear(): void {
    this.#waiting.length = 0;
  }

  #insertTogether(room: Room): boolean {
    const { insertMessages, removeBetween } = this.#statements;
    const { id, headSeq } = room;
    const values: MessageValue[] = [];
    for (let index = 0; index < messagesAtOnce; index += 1) {
      addValues(values, id, headSeq + 1 + index, this.#waiting[index]!);
    }
    if (insertMessages.run(...values).changes < messagesAtOnce) {
      removeBetween.run(id, headSeq, headSeq + messagesAtOnce);
      return false;
    }
    for (const { sentAtMs } of this.#waiting) grow(room, sentAtMs);
    return true;
  }

  #insert(room: Room, message: NewMessage, onNotAdded: OnNotAdded): void {
    const values: MessageValue[] = [];
    addValues(values, room.id, room.headSeq + 1, message);
    if (this.#statements.insertMessage.run(...values).changes === 1) grow(room, message.sentAtMs);
    else {
      const { author, id, content } = message;
      const { seq, sentAtMs, isSame } = this.#known.find(room, messageParts(author, id, content))!;
      onNotAdded(message.place, isSame ? 'same' : 'other', seq, sentAtMs);
    }
  }
}

/** In the order of the columns. */
function addValues(
  values: MessageValue[],
  roomId: number,
  seq: number,
  { id, author, sender, content, sentAtMs }: NewMessage,
): void {
  const checkSum = messageCheckSum(roomId, seq, sentAtMs, sender, author, id, content);
  values.push(roomId, seq, sentAtMs, sender, author, id, content, checkSum);
}

/** An entry with the next number is in the room now. */
export function grow(room: Room, sentAtMs: number): void {
  room.headSeq += 1;
  if (room.headSeq === room.tailSeq) room.oldestAtMs = sentAtMs;
}
