import { hash } from 'node:crypto';
import type { NotAddedKind } from './packed.js';
import { entryAt, type Room } from './rows.js';
import type { Statements } from './statements.js';

/** What a draft has beside its place, its sender and its time. */
export interface DraftParts {
  readonly author: string;
  readonly id: string;
  readonly content: string;
  /** Null for a message. */
  readonly change: string | null;
  readonly targetSeq: number | null;
}

/** The parts of a message. */
export function messageParts(author: string, id: string, content: string): DraftParts {
  return { author, id, content, change: null, targetSeq: null };
}

/** Told of a draft that has become no entry, by its place among all drafts; see `PackedAppended`. */
export type OnNotAdded = (draft: number, kind: NotAddedKind, seq: number, sentAtMs: number) => void;

/** What is known of a draft whose id its author has used before; see `Repeated`. */
export interface KnownDraft {
  readonly seq: number;
  readonly sentAtMs: number;
  readonly isSame: boolean;
}

/** Looks up the entries that have the ids of drafts. */
export class KnownDrafts {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** The entry that has an id, or had it. */
  find(room: Room, draft: DraftParts): KnownDraft | undefined {
    const seq = this.#statements.seqOfId.get(room.id, draft.author, draft.id);
    return this.spent(room, draft) ?? (seq === undefined ? undefined : this.#at(room, seq, draft));
  }

  /** The entry that had an id and was removed, or that has it and was changed. */
  spent(
    room: Room,
    { author, id, content, change, targetSeq }: DraftParts,
  ): KnownDraft | undefined {
    const row = this.#statements.spentId.get(room.id, author, id);
    if (row === undefined) return undefined;
    const [seq, sentAtMs, known, knownChange, knownTarget] = row;
    const isSameChange = knownChange === change && knownTarget === targetSeq;
    return { seq, sentAtMs, isSame: isSameChange && known.equals(digest(content)) };
  }

  /**
   * The index says where the entry is; where that cannot be read, or has another id, nobody knows
   * whether it is the same.
   */
  #at(room: Room, seq: number, draft: DraftParts): KnownDraft {
    const row = entryAt(this.#statements, room, seq);
    if (row === undefined) return { seq, sentAtMs: 0, isSame: false };
    const [, sentAtMs, , author, id, content, , change, targetSeq] = row;
    const isSameId = author === draft.author && id === draft.id;
    const isSameChange = change === draft.change && targetSeq === draft.targetSeq;
    return { seq, sentAtMs, isSame: isSameId && isSameChange && content === draft.content };
  }
}

/** What is kept of the original content of an entry that was removed or changed; see `spendIds`. */
export function digest(content: string): Buffer {
  return hash('sha256', content, 'buffer');
}
