import { Changes, type ChangeDraft } from './changes.js';
import { messageCheckSum } from './check-sums.js';
import { KnownDrafts } from './known-drafts.js';
import type { PackedDrafts } from './packed-drafts.js';
import type { NotAddedKind } from './packed.js';
import type { Room } from './rows.js';
import type { Statements } from './statements.js';

/** Told of a draft that has become no entry, by its place among all drafts; see `PackedAppended`. */
export type OnNotAdded = (draft: number, kind: NotAddedKind, seq: number, sentAtMs: number) => void;

/** Makes entries of drafts. */
export class DraftWriter {
  readonly #statements: Statements;
  readonly #known: KnownDrafts;
  readonly #changes: Changes;

  constructor(statements: Statements) {
    this.#statements = statements;
    this.#known = new KnownDrafts(statements);
    this.#changes = new Changes(statements);
  }

  /** Inserts some of the packed drafts into a room, and moves its head; the room's row is left as it is. */
  write(
    room: Room,
    drafts: PackedDrafts,
    start: number,
    end: number,
    onNotAdded: OnNotAdded,
  ): void {
    const { insertMessage } = this.#statements;
    const hasSpentIds = room.tailSeq > 1;
    for (let draft = start; draft < end; draft += 1) {
      drafts.goTo(draft);
      const { id, author, sender, content, sentAtMs, change } = drafts;
      const seq = room.headSeq + 1;
      if (change !== undefined) {
        // A removal leaves nothing, whatever was sent with it.
        const left = change === 'removal' ? '' : content;
        const parts = { id, author, sender, content: left, sentAtMs, change };
        const whole = { ...parts, targetSeq: change === 'topic' ? null : drafts.targetSeq };
        if (!this.#change(room, whole, draft, onNotAdded)) continue;
      } else {
        if (hasSpentIds && id !== '') {
          const spent = this.#known.spent(room, messageParts(author, id, content));
          if (spent !== undefined) {
            onNotAdded(draft, spent.isSame ? 'same' : 'other', spent.seq, spent.sentAtMs);
            continue;
          }
        }
        const checkSum = messageCheckSum(room.id, seq, sentAtMs, sender, author, id, content);
        const { changes: inserted } = insertMessage.run(
          room.id,
          seq,
          sentAtMs,
          sender,
          author,
          id,
          content,
          checkSum,
        );
        if (inserted === 0) {
          const known = this.#known.find(room, messageParts(author, id, content))!;
          onNotAdded(draft, known.isSame ? 'same' : 'other', known.seq, known.sentAtMs);
          continue;
        }
      }
      room.headSeq = seq;
      if (seq === room.tailSeq) room.oldestAtMs = sentAtMs;
    }
  }

  /** Whether an entry was inserted. */
  #change(room: Room, draft: ChangeDraft, place: number, onNotAdded: OnNotAdded): boolean {
    const known = draft.id === '' ? undefined : this.#known.find(room, draft);
    if (known !== undefined) {
      onNotAdded(place, known.isSame ? 'same' : 'other', known.seq, known.sentAtMs);
      return false;
    }
    const refusal = this.#changes.perform(room, draft);
    if (refusal === undefined) return true;
    onNotAdded(place, refusal, 0, 0);
    return false;
  }
}

function messageParts(author: string, id: string, content: string) {
  return { author, id, content, change: null, targetSeq: null };
}
