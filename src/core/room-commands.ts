import { ChatError } from '../protocol/errors.js';
import { lobbyName, type SessionLimits } from '../protocol/limits.js';
import { ErrorCode, GapReason } from '../protocol/messages.js';
import { isRoomName } from '../protocol/names.js';
import type { Cursor } from './cursor.js';
import { gapNotice } from './notices.js';
import { pageOf, rangeOf, weightOfPage } from './page.js';
import type { Store } from './ports.js';
import { startIn } from './read-start.js';
import type { Reads } from './reads.js';
import type { ControlOf, Later } from './request.js';
import type { Room } from './room.js';
import type { Rooms } from './rooms.js';
import type { Session } from './session.js';

type Join = ControlOf<'join'>['join'];

/** What the commands of rooms need. */
export interface RoomCommandParts {
  readonly limits: SessionLimits;
  readonly rooms: Rooms;
  readonly reads: Reads;
  readonly store: Store;
}

/** Enters a room, or moves within it. */
export function runJoin(
  { limits, rooms, reads }: RoomCommandParts,
  session: Session,
  { join }: ControlOf<'join'>,
  id: string,
): Later | void {
  const { places } = session;
  const name = roomIn(limits, join.room);
  const known = places.in(name);
  if (known === undefined && places.count >= limits.roomsMax) {
    throw new ChatError(ErrorCode.ERROR_CODE_TOO_MANY_ROOMS);
  }
  const open = known?.room ?? rooms.get(name);
  if (open?.log.isKnownBehind(startIn(open.log, join.start).seq) === true) {
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

export function weighJoin({ rooms }: RoomCommandParts, { join }: ControlOf<'join'>): number {
  return joinWeight + (join.presence ? listWeight(rooms, join.room) : 0);
}

export function runLeave(
  { limits }: RoomCommandParts,
  session: Session,
  { leave }: ControlOf<'leave'>,
  id: string,
): void {
  const cursor = placeIn(limits, session, leave.room);
  session.places.leave(cursor);
  session.reply({ id, control: { $case: 'left', left: { room: cursor.room.name } } });
}

/** Reads a page of history. */
export function runFetch(
  { limits, store, reads }: RoomCommandParts,
  session: Session,
  { fetch }: ControlOf<'fetch'>,
  id: string,
): Later {
  const { room } = placeIn(limits, session, fetch.room);
  const range = rangeOf(fetch, limits);
  const read = reads.run(session, async () => store.read(room.name, range));
  return read.then((slice) => {
    room.log.trimmed(slice.tailSeq);
    return () => {
      if (!session.takesMessages) return;
      const { damaged } = slice;
      if (damaged !== undefined) {
        const { fromSeq, toSeq } = damaged;
        const reason = GapReason.GAP_REASON_DAMAGED;
        session.reply({ id, ...gapNotice(session.form, room.name, fromSeq, toSeq, reason) });
      }
      session.reply({ id, control: pageOf(room.name, range, slice, limits.frameBytesMax) });
      session.intake.charge(weightOfPage(slice));
    };
  }, unreadable);
}

export function runMembers(
  { limits }: RoomCommandParts,
  session: Session,
  { members }: ControlOf<'members'>,
  id: string,
): void {
  const { room } = placeIn(limits, session, members.room);
  session.replies.writer.encoded(room.presence.lists.answer, id);
}

/** A list counts as one more for so many names. */
const membersPerWeight = 100;

export function weighMembers(
  { rooms }: RoomCommandParts,
  { members }: ControlOf<'members'>,
): number {
  return 1 + listWeight(rooms, members.room);
}

/** What a list of those in a room counts. */
function listWeight(rooms: Rooms, room: string): number {
  return Math.floor((rooms.get(room || lobbyName)?.members.size ?? 0) / membersPerWeight);
}

/** The room that a request names, which may be none yet. */
function roomIn(limits: SessionLimits, name: string): string {
  if (name === '') return lobbyName;
  if (!isRoomName(name, limits)) throw new ChatError(ErrorCode.ERROR_CODE_BAD_ROOM_NAME);
  return name;
}

function placeIn(limits: SessionLimits, session: Session, name: string): Cursor {
  const cursor = session.places.in(roomIn(limits, name));
  if (cursor === undefined) throw new ChatError(ErrorCode.ERROR_CODE_NOT_IN_ROOM);
  return cursor;
}

function enter(session: Session, room: Room, join: Join, id: string): void {
  const { name, log } = room;
  const { seq, gap } = startIn(log, join.start);
  const { epoch, headSeq } = log;
  const joined = { room: name, epoch, firstSeq: seq + 1, headSeq };
  session.reply({ id, control: { $case: 'joined', joined } });
  // What follows is no reply, and must not overtake this one.
  session.replies.flush();
  if (gap !== undefined) {
    session.tell(gapNotice(session.form, name, gap.fromSeq, seq, gap.reason));
  }
  session.places.join(room, seq, join.presence);
  session.readOn();
}

function unreadable(cause: unknown): never {
  const sentence = 'the room cannot be read at the moment';
  throw new ChatError(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE, sentence, { cause });
}
