import type { Refused } from '../../core/ports.js';
import { defaultLimits } from '../../protocol/limits.js';
import { isDamage } from '../errors.js';
import { personOf } from '../person.js';
import { changedCheckSum, messageCheckSum } from './check-sums.js';
import { digest, type DraftParts } from './known-drafts.js';
import { entryAt, isWhole, type Room } from './rows.js';
import type { MessageRow, Statements } from './statements.js';

/** A draft that is no message. */
export interface ChangeDraft extends DraftParts {
  readonly change: 'edit' | 'removal' | 'topic';
  readonly sender: string;
  readonly sentAtMs: number;
}

/** What is rewritten of an entry. */
interface Rewritten {
  readonly content: string;
  readonly change: 'removal' | null;
  readonly targetSeq: number | null;
  readonly editedAtMs: number | null;
}

/** Does what the drafts say that are no messages, and inserts their entries. */
export class Changes {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /**
   * Does a change, and inserts its entry with the number after the room's head, which is
   * left to the caller. Returns why it cannot be done, if so: then nothing is written.
   */
  perform(room: Room, draft: ChangeDraft): Refused['kind'] | undefined {
    switch (draft.change) {
      case 'edit':
        return this.#edit(room, draft);
      case 'removal':
        return this.#remove(room, draft);
      case 'topic':
        this.#insert(room, draft);
        this.#statements.setTopic.run(draft.content, room.id);
        room.topic = draft.content;
        return undefined;
    }
  }

  #edit(room: Room, draft: ChangeDraft): Refused['kind'] | undefined {
    const target = this.#target(room, draft);
    if (typeof target === 'string') return target;
    if (this.#statements.editCount.get(room.id, target[0])! >= defaultLimits.editsMax)
      return 'limit';
    this.#insert(room, draft);
    const { content, sentAtMs: editedAtMs } = draft;
    this.#rewrite(room, target, { content, change: null, targetSeq: null, editedAtMs });
    return undefined;
  }

  #remove(room: Room, draft: ChangeDraft): Refused['kind'] | undefined {
    const target = this.#target(room, draft);
    if (typeof target === 'string') return target;
    const targetSeq = target[0];
    const edits = this.#editsOf(room, targetSeq);
    if (edits === undefined) return 'missing';
    this.#insert(room, draft);
    const left: Rewritten = { content: '', change: 'removal', targetSeq, editedAtMs: null };
    for (const row of [target, ...edits]) {
      if (isWhole(room, row)) this.#rewrite(room, row, left);
      // It stays damaged: nobody knows which of its columns are as they were written.
      else this.#statements.eraseContent.run(room.id, row[0]);
    }
    return undefined;
  }

  /** The message that a draft is about; or why its author cannot change it. */
  #target(room: Room, { targetSeq, author }: ChangeDraft): MessageRow | Refused['kind'] {
    const seq = targetSeq!;
    if (seq < room.tailSeq || seq > room.headSeq) return 'missing';
    const row = entryAt(this.#statements, room, seq);
    if (row === undefined) return 'missing';
    const [, , , knownAuthor, , , , change, changedSeq] = row;
    if (change === 'removal' && changedSeq === seq) return 'removed';
    if (change !== null) return 'missing';
    return personOf(knownAuthor) === personOf(author) ? row : 'foreign';
  }

  /** The entries that edit a message; undefined when one of them cannot be found, due to damage. */
  #editsOf(room: Room, seq: number): MessageRow[] | undefined {
    try {
      return this.#statements.editsOf.all(room.id, seq);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return undefined;
    }
  }

  #insert(room: Room, draft: ChangeDraft): void {
    const { sentAtMs, sender, author, id, content, change, targetSeq } = draft;
    const seq = room.headSeq + 1;
    const plain = messageCheckSum(room.id, seq, sentAtMs, sender, author, id, content);
    this.#statements.insertChange.run(
      room.id,
      seq,
      sentAtMs,
      sender,
      author,
      id,
      content,
      changedCheckSum(plain, change, targetSeq, null),
      change,
      targetSeq,
    );
  }

  /** Keeps the id of an entry with what it was originally, and gives it another content. */
  #rewrite({ id: roomId }: Room, row: MessageRow, rewritten: Rewritten): void {
    const { spendId, rewriteEntry } = this.#statements;
    const [seq, sentAtMs, sender, author, id, original, , oldChange, oldTargetSeq] = row;
    if (id !== '') {
      const sha256 = digest(original);
      spendId.run(roomId, author, id, seq, sentAtMs, sha256, oldChange, oldTargetSeq);
    }
    const { content, change, targetSeq, editedAtMs } = rewritten;
    const plain = messageCheckSum(roomId, seq, sentAtMs, sender, author, id, content);
    const checkSum = changedCheckSum(plain, change, targetSeq, editedAtMs);
    rewriteEntry.run(content, checkSum, change, targetSeq, editedAtMs, roomId, seq);
  }
}
