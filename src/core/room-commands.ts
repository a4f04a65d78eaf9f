import type { SessionLimits } from '../protocol/limits.js';
import { GapReason } from '../protocol/messages.js';
import type { Cursor } from './cursor.js';
import { listWeight } from './member-lists.js';
import { gapNotice } from './notices.js';
import { pageOf, rangeOf, weightOfPage } from './page.js';
import type { Store } from './ports.js';
import { unreadable, type Reads } from './reads.js';
import type { ControlOf, DeferredReply } from './request.js';
import type { Rooms } from './rooms.js';
import type { Session } from './session.js';

/** What the commands of those who are in a room need. */
export interface RoomCommandParts {
  readonly limits: SessionLimits;
  readonly rooms: Rooms;
  readonly reads: Reads;
  readonly store: Store;
}

export function runLeave(
  _parts: RoomCommandParts,
  session: Session,
  _leave: ControlOf<'leave'>,
  id: string,
  cursor: Cursor,
): void {
  session.memberships.leave(cursor);
  session.reply({ id, control: { $case: 'left', left: { room: cursor.room.name } } });
}

/** Reads a page of history. */
export function runFetch(
  { limits, store, reads }: RoomCommandParts,
  session: Session,
  { fetch }: ControlOf<'fetch'>,
  id: string,
  { room }: Cursor,
): DeferredReply {
  const range = rangeOf(fetch, limits);
  const reading = room.log.reading();
  const read = reads.run(session, async () => store.read(room.name, range));
  return read.then(
    (slice) => {
      room.log.trimmed(slice.tailSeq);
      return () => {
        // Up to this moment: whoever was told of a change does not get what was before it.
        const entries = reading.current(slice.entries);
        reading.end();
        if (!session.takesMessages) return;
        const { damaged } = slice;
        if (damaged !== undefined) {
          const { fromSeq, toSeq } = damaged;
          const reason = GapReason.GAP_REASON_DAMAGED;
          session.reply({ id, ...gapNotice(session.rendering, room.name, fromSeq, toSeq, reason) });
        }
        const current = { ...slice, entries };
        const page = pageOf(room.name, range, current, limits.frameBytesMax);
        session.replies.writer.page(id, page);
        session.intake.charge(weightOfPage(slice));
      };
    },
    (error: unknown) => {
      reading.end();
      return unreadable(error);
    },
  );
}

export function runMembers(
  _parts: RoomCommandParts,
  session: Session,
  _members: ControlOf<'members'>,
  id: string,
  { room }: Cursor,
): void {
  session.replies.writer.encoded(room.presence.lists.answer, id);
}

export function weighMembers(
  { rooms }: RoomCommandParts,
  { members }: ControlOf<'members'>,
): number {
  return 1 + listWeight(rooms, members.room);
}
