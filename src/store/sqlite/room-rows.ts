import { roomCheckSum } from './check-sums.js';
import type { Sqlite } from './database-file.js';

/** A row of the table `rooms`, as it is found. */
export interface RoomRow {
  readonly id: number;
  readonly name: string;
  readonly headSeq: number;
  readonly tailSeq: number;
  readonly epoch: string;
  readonly checkSum: number | null;
}

/** All rooms that there are. */
export function roomsOf(sqlite: Sqlite): RoomRow[] {
  return sqlite
    .prepare<[], RoomRow>(
      'SELECT id, name, head_seq AS headSeq, tail_seq AS tailSeq, epoch, check_sum AS checkSum FROM rooms',
    )
    .all();
}

/** Whether a row is as it was written. */
export function isRoomWhole(room: RoomRow): boolean {
  const { id, name, headSeq, tailSeq, epoch, checkSum } = room;
  return checkSum === roomCheckSum(id, name, headSeq, tailSeq, epoch);
}

/** Writes a room's row, with its checksum. */
export function updateRoom(sqlite: Sqlite, room: RoomRow): void {
  const { id, name, headSeq, tailSeq, epoch } = room;
  sqlite
    .prepare('UPDATE rooms SET head_seq = ?, tail_seq = ?, epoch = ?, check_sum = ? WHERE id = ?')
    .run(headSeq, tailSeq, epoch, roomCheckSum(id, name, headSeq, tailSeq, epoch), id);
}
