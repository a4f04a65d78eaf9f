import { Changes, type ChangeDraft } from './changes.js';
import { KnownDrafts, messageParts, type OnNotAdded } from './known-drafts.js';
import { grow, MessageInserter } from './message-inserter.js';
import type { PackedDrafts } from './packed-drafts.js';
import type { Room } from './rows.js';
import type { Statements } from './statements.js';

/** Makes entries of drafts. */
export class DraftWriter {
  readonly #messages: MessageInserter;
  readonly #known: KnownDrafts;
  readonly #changes: Changes;

  constructor(statements: Statements) {
    this.#messages = new MessageInserter(statements);
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
    const messages = this.#messages;
    const hasSpentIds = room.tailSeq > 1;
    messages.clear();
    for (let place = start; place < end; place += 1) {
      drafts.goTo(place);
      const { id, author, sender, content, sentAtMs, change } = drafts;
      if (change === undefined) {
        const spent =
          hasSpentIds && id !== ''
            ? this.#known.spent(room, messageParts(author, id, content))
            : undefined;
        if (spent === undefined) {
          messages.add(room, { place, id, author, sender, content, sentAtMs }, onNotAdded);
          continue;
        }
        messages.finish(room, onNotAdded);
        onNotAdded(place, spent.isSame ? 'same' : 'other', spent.seq, spent.sentAtMs);
      } else {
        // It may be about a message that waits.
        messages.finish(room, onNotAdded);
        // A removal leaves nothing, whatever was sent with it.
        const left = change === 'removal' ? '' : content;
        const targetSeq = change === 'topic' ? null : drafts.targetSeq;
        const parts = { id, author, sender, content: left, sentAtMs, change, targetSeq };
        if (this.#change(room, parts, place, onNotAdded)) grow(room, sentAtMs);
      }
    }
    messages.finish(room, onNotAdded);
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
