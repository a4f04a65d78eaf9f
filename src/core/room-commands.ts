import { encodedBytes } from '../protocol/codec.js';
import { ChatError } from '../protocol/errors.js';
import { lobbyName, type SessionLimits } from '../protocol/limits.js';
import { ErrorCode, GapReason, type ChatMessage } from '../protocol/messages.js';
import { isRoomName } from '../protocol/names.js';
import { broadcastMessage } from './batch.js';
import type { Cursor } from './cursor.js';
import type { Log } from './log.js';
import { gapNotice } from './notices.js';
import type { Range, Slice, Store } from './ports.js';
import type { Reads } from './reads.js';
import type { ControlOf, Later } from './request.js';
import type { Room } from './room.js';
import type { Rooms } from './rooms.js';
import type { Session } from './session.js';

type Join = ControlOf<'join'>['join'];
type Fetch = ControlOf<'fetch'>['fetch'];

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
  const { pageMessagesMax, frameBytesMax } = limits;
  const entriesMax = Math.min(fetch.limit === 0 ? pageMessagesMax : fetch.limit, pageMessagesMax);
  const range = { ...rangeOf(fetch.edge), entriesMax, charsMax: frameBytesMax };
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
      session.reply({ id, control: pageOf(room, range, slice, frameBytesMax) });
      session.intake.charge(weightOfPage(slice));
    };
  }, unreadable);
}

/** A page counts as one more message for so many messages in it, and for so many characters. */
const rowsPerWeight = 50;
const charsPerWeight = 8192;

function weightOfPage({ entries }: Slice): number {
  let chars = 0;
  for (const { content } of entries) chars += content.length;
  return Math.floor(entries.length / rowsPerWeight + chars / charsPerWeight);
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

interface Start {
  /** The seq behind which the session reads. */
  readonly seq: number;
  /** What it wanted and will not get: from here to `seq`. */
  readonly gap?: { readonly fromSeq: number; readonly reason: GapReason };
}

function startIn({ epoch, headSeq, tailSeq }: Log, start: Join['start']): Start {
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

function rangeOf(edge: Fetch['edge']): Pick<Range, 'seq' | 'direction'> {
  switch (edge?.$case) {
    case undefined:
      return { seq: Number.MAX_SAFE_INTEGER, direction: 'before' };
    case 'before':
      return { seq: edge.before, direction: 'before' };
    case 'after':
      return { seq: edge.after, direction: 'after' };
  }
}

/** A tag and a length in front of each message of a page, and what a page has besides. */
const messageHeadBytesMax = 4;
const pageHeadBytesMax = 256;

/** As much of a slice as fits in a frame, from the edge that was asked for. */
function pageOf(
  room: Room,
  { direction }: Range,
  { epoch, entries, headSeq, tailSeq }: Slice,
  frameBytesMax: number,
): ControlOf<'page'> {
  const messages: ChatMessage[] = [];
  let bytes = pageHeadBytesMax;
  for (const entry of direction === 'after' ? entries : entries.toReversed()) {
    const message = broadcastMessage(room.name, entry);
    bytes += encodedBytes(message) + messageHeadBytesMax;
    // One is there in any case, also if limits were larger when it was stored.
    if (bytes > frameBytesMax && messages.length > 0) break;
    messages.push(message);
  }
  if (direction === 'before') messages.reverse();
  const first = messages[0]?.seq ?? tailSeq;
  const last = messages.at(-1)?.seq ?? headSeq;
  const end = direction === 'after' ? last >= headSeq : first <= tailSeq;
  const page = { room: room.name, messages, end, epoch, tailSeq };
  return { $case: 'page', page };
}

function unreadable(cause: unknown): never {
  const sentence = 'the room cannot be read at the moment';
  throw new ChatError(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE, sentence, { cause });
}
