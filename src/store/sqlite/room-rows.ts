import type { ListedRoom, RoomRange } from '../../core/ports.js';
import { roomCheckSum } from './check-sums.js';
import type { Sqlite, Statement } from './database-file.js';

/** A row of the table `rooms`, as it is found. */
export interface RoomRow {
  readonly id: number;
  readonly name: string;
  readonly headSeq: number;
  readonly tailSeq: number;
  readonly epoch: string;
  readonly topic: string;
  readonly checkSum: number | null;
}

const columns =
  'id, name, head_seq AS headSeq, tail_seq AS tailSeq, epoch, topic, check_sum AS checkSum';

/** All rooms that there are. */
export function roomsOf(sqlite: Sqlite): RoomRow[] {
  return sqlite.prepare<[], RoomRow>(`SELECT ${columns} FROM rooms`).all();
}

/** Whether a row is as it was written. */
export function isRoomWhole(room: RoomRow): boolean {
  const { id, name, headSeq, tailSeq, epoch, topic, checkSum } = room;
  return checkSum === roomCheckSum(id, name, headSeq, tailSeq, epoch, topic);
}

/** Writes a room's row, but for its topic, with its checksum. */
export function updateRoom(sqlite: Sqlite, room: RoomRow): void {
  const { id, name, headSeq, tailSeq, epoch, topic } = room;
  sqlite
    .prepare('UPDATE rooms SET head_seq = ?, tail_seq = ?, epoch = ?, check_sum = ? WHERE id = ?')
    .run(headSeq, tailSeq, epoch, roomCheckSum(id, name, headSeq, tailSeq, epoch, topic), id);
}

/** The rooms from some bytes on and before others, in the order of their names; by the index of names. */
export const listedRooms = `
  SELECT ${columns} FROM rooms
  WHERE name >= CAST(? AS TEXT) AND name < CAST(? AS TEXT) AND head_seq > 0 ORDER BY name`;

/** See `RoomList.list`. Rooms whose rows are damaged are left out. */
export function listRooms(
  rooms: Statement<[from: Buffer, before: Buffer], RoomRow>,
  { prefix, after, roomsMax }: RoomRange,
): ListedRoom[] {
  const first = Buffer.from(prefix);
  // The next name that there could be after a name is that name and one zero.
  const next = after === '' ? first : Buffer.from(`${after}\0`);
  const from = Buffer.compare(first, next) < 0 ? next : first;
  const listed: ListedRoom[] = [];
  for (const room of rooms.iterate(from, endOf(first))) {
    const { name, topic, headSeq } = room;
    if (isRoomWhole(room)) listed.push({ name, topic, headSeq });
    if (listed.length === roomsMax) break;
  }
  return listed;
}

/** What comes after all texts with this beginning. No byte of UTF-8 is 0xff. */
function endOf(prefix: Buffer): Buffer {
  if (prefix.length === 0) return Buffer.from([0xff]);
  const end = Buffer.from(prefix);
  end[end.length - 1]! += 1;
  return end;
}
