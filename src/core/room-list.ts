import type { SessionLimits } from '../protocol/limits.js';
import { RoomInfo } from '../protocol/messages.js';
import type { ListedRoom, RoomList } from './ports.js';
import { unreadable, type Reads } from './reads.js';
import type { ControlOf, DeferredReply } from './request.js';
import type { Rooms } from './rooms.js';
import type { Session } from './session.js';

/** What the list of rooms needs. */
export interface RoomListParts {
  readonly limits: SessionLimits;
  readonly rooms: Rooms;
  readonly reads: Reads;
  readonly roomList: RoomList;
}

/** Lists rooms, with the number of people who are there now. */
export function runListRooms(
  { limits, rooms, reads, roomList }: RoomListParts,
  session: Session,
  { listRooms }: ControlOf<'listRooms'>,
  id: string,
): DeferredReply {
  const { prefix, after, limit } = listRooms;
  const { pageMessagesMax, frameBytesMax } = limits;
  const roomsMax = Math.min(limit === 0 ? pageMessagesMax : limit, pageMessagesMax);
  // One more tells whether there are more.
  const range = { prefix, after, roomsMax: roomsMax + 1 };
  return reads
    .run(session, async () => roomList.list(range))
    .then(
      (listed) => () => {
        if (!session.takesMessages) return;
        const infos = listed.slice(0, roomsMax).map((room) => infoOf(room, rooms));
        const { fitting, bytes } = fittingIn(infos, frameBytesMax);
        const list = { rooms: fitting, end: fitting.length === listed.length };
        session.reply({ id, control: { $case: 'roomList', roomList: list } });
        session.intake.charge(Math.floor(fitting.length / roomsPerWeight + bytes / bytesPerWeight));
      },
      unreadable,
    );
}

/** A list counts as one more message for so many rooms, and for so many bytes. */
const roomsPerWeight = 50;
const bytesPerWeight = 8192;

/** A tag and a length in front of each room, and what the list has besides. */
const roomHeadBytesMax = 4;
const listHeadBytesMax = 256;

function infoOf({ name, topic, headSeq }: ListedRoom, rooms: Rooms): RoomInfo {
  return { name, topic, people: rooms.get(name)?.peopleCount ?? 0, headSeq };
}

/** As many as fit in a frame, and at least one. */
function fittingIn(
  infos: readonly RoomInfo[],
  frameBytesMax: number,
): { fitting: RoomInfo[]; bytes: number } {
  const fitting: RoomInfo[] = [];
  let bytes = listHeadBytesMax;
  for (const info of infos) {
    const more = RoomInfo.encode(info).finish().length + roomHeadBytesMax;
    if (bytes + more > frameBytesMax && fitting.length > 0) break;
    bytes += more;
    fitting.push(info);
  }
  return { fitting, bytes };
}
