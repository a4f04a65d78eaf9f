import { ChatError } from '../protocol/errors.js';
import type { AckFields } from '../protocol/message-writer.js';
import { ErrorCode } from '../protocol/messages.js';
import type { Appended, NotAdded } from './ports.js';
import type { Submission, Submitter, Taken } from './submission.js';

const refusals: Readonly<Record<NotAdded['kind'], ErrorCode>> = {
  repeated: ErrorCode.ERROR_CODE_ID_REUSED,
  missing: ErrorCode.ERROR_CODE_NO_SUCH_MESSAGE,
  removed: ErrorCode.ERROR_CODE_NO_SUCH_MESSAGE,
  foreign: ErrorCode.ERROR_CODE_NOT_YOURS,
  limit: ErrorCode.ERROR_CODE_TOO_MANY_EDITS,
};

/** The acks for one append, collected so that each sender gets its own with one write. */
export class Acks {
  readonly #acks = new Map<Submitter, AckFields[]>();

  /** Adds those for what was taken from one room. */
  add({ room, drafts }: Taken, { firstSeq, notAdded }: Appended): void {
    let seq = firstSeq;
    let passed = 0;
    for (let index = 0; index < drafts.length; index += 1) {
      const draft = drafts[index]!;
      const other = notAdded[passed];
      if (other?.index === index) {
        passed += 1;
        this.#answer(room, draft, other);
      } else {
        if (draft.id !== '') this.#ack(room, draft, seq, draft.sentAtMs, false);
        seq += 1;
      }
    }
  }

  send(): void {
    for (const [submitter, acks] of this.#acks) submitter.acked(acks);
  }

  /** A draft that has become no entry. */
  #answer(room: string, draft: Submission, why: NotAdded): void {
    if (why.kind === 'repeated' && why.isSame) {
      this.#ack(room, draft, why.seq, why.sentAtMs, true);
    } else draft.submitter.refused(new ChatError(refusals[why.kind]), [draft.id]);
  }

  #ack(
    room: string,
    { submitter, id }: Submission,
    seq: number,
    sentAtMs: number,
    duplicate: boolean,
  ): void {
    if (!submitter.wantsAcks) return;
    let acks = this.#acks.get(submitter);
    if (acks === undefined) this.#acks.set(submitter, (acks = []));
    acks.push({ id, room, seq, sentAtMs, duplicate });
  }
}

/** Refuses all that was taken, for the same reason, with one write for each sender. */
export function refuseAll(taken: readonly Taken[], error: ChatError): void {
  const refused = new Map<Submitter, string[]>();
  for (const { drafts } of taken) {
    for (const { submitter, id } of drafts) {
      const ids = refused.get(submitter);
      if (ids === undefined) refused.set(submitter, [id]);
      else ids.push(id);
    }
  }
  for (const [submitter, ids] of refused) submitter.refused(error, ids);
}
