import { GapReason } from '../protocol/messages.js';
import type { LogState } from './ports.js';
import type { ControlOf } from './request.js';

/** Where somebody who joins a room begins to read. */
export interface Start {
  /** The seq after which the session reads. */
  readonly seq: number;
  /** What it wanted and will not get: from here to `seq`. */
  readonly gap?: { readonly fromSeq: number; readonly reason: GapReason };
}

/** The start that a join asks for, in a log that stands there. */
export function startIn(
  { epoch, headSeq, tailSeq }: LogState,
  start: ControlOf<'join'>['join']['start'],
): Start {
  const oldest = tailSeq - 1;
  switch (start?.$case) {
    case undefined:
      return { seq: headSeq };
    case 'last':
      return { seq: Math.max(oldest, headSeq - start.last) };
    case 'after': {
      const { after } = start;
      const isAny = after.epoch === '';
      // Beyond the head is where nobody can have been in this epoch.
      if (!isAny && (after.epoch !== epoch || after.seq > headSeq)) {
        return { seq: oldest, gap: { fromSeq: 1, reason: GapReason.GAP_REASON_EPOCH } };
      }
      if (after.seq >= oldest) return { seq: Math.min(after.seq, headSeq) };
      const gap = { fromSeq: after.seq + 1, reason: GapReason.GAP_REASON_EXPIRED };
      return { seq: oldest, gap };
    }
  }
}
