import { ChatError } from '../protocol/errors.js';
import type { SessionLimits } from '../protocol/limits.js';
import { ErrorCode } from '../protocol/messages.js';
import type { Cursor } from './cursor.js';
import { listWeight } from './member-lists.js';
import { gapNotice } from './notices.js';
import { startIn } from './read-start.js';
import { unreadable, type Reads } from './reads.js';
import type { ControlOf, DeferredReply } from './request.js';
import type { Room } from './room.js';
import type { Rooms } from './rooms.js';
import type { Session } from './session.js';

type Join = ControlOf<'join'>['join'];

/** What a join needs. */
export interface JoinParts {
  readonly limits: SessionLimits;
  readonly rooms: Rooms;
  readonly reads: Reads;
}

/** Enters a room, or moves within it. */
export function runJoin(
  { limits, rooms, reads }: JoinParts,
  session: Session,
  { join }: ControlOf<'join'>,
  id: string,
  cursor: Cursor | undefined,
  name: string,
): DeferredReply | void {
  if (cursor === undefined && session.memberships.count >= limits.roomsMax) {
    throw new ChatError(ErrorCode.ERROR_CODE_TOO_MANY_ROOMS);
  }
  const open = cursor?.room ?? rooms.get(name);
  if (open?.log.isKnownAfter(startIn(open.log, join.start).seq) === true) {
    enter(session, open, join, id);
    return;
  }
  return reads
    .run(session, async () => rooms.hold(name))
    .then(
      (room) => () => {
        if (session.isOpen) enter(session, room, join, id);
        rooms.release(room);
      },
      unreadable,
    );
}

/** The store is asked where the room's log stands, and a room may have to be opened. */
const joinWeight = 4;

export function weighJoin({ rooms }: JoinParts, { join }: ControlOf<'join'>): number {
  return joinWeight + (join.presence ? listWeight(rooms, join.room) : 0);
}

function enter(session: Session, room: Room, join: Join, id: string): void {
  const { name, log } = room;
  const { seq, gap } = startIn(log, join.start);
  const { epoch, headSeq, topic } = log;
  const joined = { room: name, epoch, firstSeq: seq + 1, headSeq, topic };
  session.reply({ id, control: { $case: 'joined', joined } });
  // What follows is no reply, and must not overtake this one.
  session.replies.flush();
  if (gap !== undefined) {
    session.tell(gapNotice(session.rendering, name, gap.fromSeq, seq, gap.reason));
  }
  session.memberships.join(room, seq, join.presence);
  session.readOn();
}
