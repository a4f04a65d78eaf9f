import { ChatError } from '../protocol/errors.js';
import type { AckFields } from '../protocol/message-writer.js';
import { ErrorCode } from '../protocol/messages.js';
import type { Appended, NotAdded } from './ports.js';
import type { Submitter, Taken } from './submission.js';

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
  add({ room, drafts, submitters }: Taken, { firstSeq, notAdded }: Appended): void {
    const { ids, timesMs } = drafts;
    let seq = firstSeq;
    let passed = 0;
    for (let index = 0; index < ids.length; index += 1) {
      const id = ids[index]!;
      const submitter = submitters[index]!;
      const other = notAdded[passed];
      if (other?.index === index) {
        passed += 1;
        if (other.kind === 'repeated' && other.isSame) {
          const { seq: first, sentAtMs } = other;
          this.#ack(submitter, { id, room, seq: first, sentAtMs, duplicate: true });
        } else submitter.refused(new ChatError(refusals[other.kind]), [id]);
      } else {
        if (id !== '' && submitter.wantsAcks) {
          this.#ack(submitter, { id, room, seq, sentAtMs: timesMs[index]!, duplicate: false });
        }
        seq += 1;
      }
    }
  }

  send(): void {
    for (const [submitter, acks] of this.#acks) submitter.acked(acks);
  }

  #ack(submitter: Submitter, ack: AckFields): void {
    if (!submitter.wantsAcks) return;
    const acks = this.#acks.get(submitter);
    if (acks === undefined) this.#acks.set(submitter, [ack]);
    else acks.push(ack);
  }
}

/** Refuses all that was taken, for the same reason, with one write for each sender. */
export function refuseAll(taken: readonly Taken[], error: ChatError): void {
  const refused = new Map<Submitter, string[]>();
  for (const { drafts, submitters } of taken) {
    for (const [index, submitter] of submitters.entries()) {
      const id = drafts.ids[index]!;
      const ids = refused.get(submitter);
      if (ids === undefined) refused.set(submitter, [id]);
      else ids.push(id);
    }
  }
  for (const [submitter, ids] of refused) submitter.refused(error, ids);
}
