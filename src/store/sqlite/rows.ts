import { changedCheckSum, messageCheckSum, roomCheckSum } from './check-sums.js';
import type { Sqlite } from './database-file.js';
import { isDamage, StoreError } from '../errors.js';
import type { Slot } from './heads-file.js';
import { sql, type MessageRow, type ReadStatements, type RoomColumns } from './statements.js';

/** A room as it stands; see the table `rooms`. */
export interface Room {
  readonly name: string;
  readonly id: number;
  headSeq: number;
  tailSeq: number;
  oldestAtMs: number | null;
  readonly epoch: string;
  topic: string;
  /** Messages up to this one may be without a checksum. */
  readonly uncheckedSeq: number;
}

/** Throws for a row that is not as it was written. */
export function roomOf(name: string, row: RoomColumns): Room {
  const [id, headSeq, tailSeq, oldestAtMs, epoch, checkSum, uncheckedSeq, topic] = row;
  const room = { name, id, headSeq, tailSeq, oldestAtMs, epoch, uncheckedSeq, topic };
  if (checkSum === checkSumOf(room)) return room;
  throw new StoreError(`the row of the room ${name} is damaged`, 'SQLITE_CORRUPT');
}

/**
 * Whether less of a room is found than was acknowledged: what SQLite reads is old then, as the
 * index of its write-ahead log is damaged, for instance. A head that cannot be told (see `Slot`)
 * proves nothing.
 */
export function isOld(headSeq: number, acknowledged: Slot): boolean {
  return acknowledged !== 'damaged' && acknowledged > headSeq;
}

/** Throws in that case. */
export function checkIsNew(name: string, headSeq: number, acknowledged: Slot): void {
  if (!isOld(headSeq, acknowledged)) return;
  const problem = `the room ${name} ends at message ${headSeq}, but message ${acknowledged} was acknowledged`;
  throw new StoreError(problem, 'SQLITE_CORRUPT');
}

/** Whether all rooms, of which there is one at least, have got as far in the database as in memory. */
export function areThere(sqlite: Sqlite, rooms: ReadonlySet<Room>): boolean {
  const head = sqlite.prepare<[string], number>(sql.headOf).pluck();
  return (
    rooms.size > 0 &&
    Array.from(rooms).every(({ name, headSeq }) => (head.get(name) ?? 0) >= headSeq)
  );
}

export function checkSumOf({ id, name, headSeq, tailSeq, epoch, topic }: Room): number {
  return roomCheckSum(id, name, headSeq, tailSeq, epoch, topic);
}

/** Whether an entry of the room is as it was written. */
export function isWhole({ id: roomId, uncheckedSeq }: Room, row: MessageRow): boolean {
  const checkSum = row[6];
  const isPlain = row[7] === null && row[8] === null && row[9] === null;
  if (checkSum === null) return isPlain && row[0] <= uncheckedSeq;
  // A row that is damaged may hold anything, nothing for instance.
  if (row[2] === null || row[3] === null || row[4] === null || row[5] === null) return false;
  const expected = messageCheckSum(roomId, row[0], row[1], row[2], row[3], row[4], row[5]);
  return checkSum === (isPlain ? expected : changedCheckSum(expected, row[7], row[8], row[9]));
}

/** An entry of the room; undefined where it cannot be read. */
export function entryAt(
  { readFrom }: Pick<ReadStatements, 'readFrom'>,
  room: Room,
  seq: number,
): MessageRow | undefined {
  let row: MessageRow | undefined;
  try {
    row = readFrom.get(room.id, seq, 1);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return row?.[0] === seq && isWhole(room, row) ? row : undefined;
}
