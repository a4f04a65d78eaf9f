import type { ChatError } from '../protocol/errors.js';
import type { AckFields } from '../protocol/message-writer.js';
import type { DraftFields } from './drafts.js';
import type { Append } from './ports.js';

/** Who has sent messages, as far as they are answered. */
export interface Submitter {
  /** Whether it is told of those that were stored. */
  readonly wantsAcks: boolean;
  /** They are stored; called once for all those of an append. */
  acked(acks: readonly AckFields[]): void;
  /** They are not stored, for the same reason. */
  refused(error: ChatError, ids: readonly string[]): void;
}

/** A message on its way to the store, and whom to answer. */
export interface Submission extends DraftFields {
  readonly submitter: Submitter;
}

/** What was taken from a room to be appended, for as long as the store has it. */
export interface Taken extends Append {
  /** Whom to answer, for each draft. */
  readonly submitters: readonly Submitter[];
}
