import { hash } from 'node:crypto';
import { isDamage } from '../errors.js';
import { isWhole, type Room } from './rows.js';
import type { MessageRow, Statements } from './statements.js';

/** What is known of a draft whose id its author has used before; see `Repeated`. */
export interface KnownDraft {
  readonly seq: number;
  readonly sentAtMs: number;
  readonly isSame: boolean;
}

/** Looks up the messages that have the ids of drafts. */
export class KnownDrafts {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /**
   * The message that has an id. The index says where it is; where that message cannot be read,
   * or has another id, nobody knows whether it is the same.
   */
  kept(room: Room, author: string, id: string, content: string): KnownDraft {
    const seq = this.#statements.seqOfId.get(room.id, author, id)!;
    const row = this.#messageAt(room, seq);
    if (row === undefined) return { seq, sentAtMs: 0, isSame: false };
    const [, sentAtMs, , knownAuthor, knownId, known] = row;
    const isSame = known === content && knownAuthor === author && knownId === id;
    return { seq, sentAtMs, isSame };
  }

  /** The message that had an id, if it was removed. */
  removed(room: Room, author: string, id: string, content: string): KnownDraft | undefined {
    const row = this.#statements.spentId.get(room.id, author, id);
    if (row === undefined) return undefined;
    const [seq, sentAtMs, known] = row;
    return { seq, sentAtMs, isSame: known.equals(digest(content)) };
  }

  #messageAt(room: Room, seq: number): MessageRow | undefined {
    let row: MessageRow | undefined;
    try {
      row = this.#statements.readFrom.get(room.id, seq, 1);
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    return row?.[0] === seq && isWhole(room, row) ? row : undefined;
  }
}

/** What is kept of a removed message's content; see `spendIds`. */
export function digest(content: string): Buffer {
  return hash('sha256', content, 'buffer');
}
