import { messageCheckSum, roomCheckSum } from './check-sums.js';
import { StoreError } from './errors.js';
import type { MessageRow, RoomRow } from './statements.js';

/** A room as it stands; see the table `rooms`. */
export interface Room {
  readonly name: string;
  readonly id: number;
  headSeq: number;
  tailSeq: number;
  oldestAtMs: number | null;
  readonly epoch: string;
  /** Messages up to this one may be without a checksum. */
  readonly uncheckedSeq: number;
}

/** Throws for a row that is not as it was written. */
export function roomOf(name: string, row: RoomRow): Room {
  const [id, headSeq, tailSeq, oldestAtMs, epoch, checkSum, uncheckedSeq] = row;
  const room = { name, id, headSeq, tailSeq, oldestAtMs, epoch, uncheckedSeq };
  if (checkSum === checkSumOf(room)) return room;
  throw new StoreError(`the row of the room ${name} is not as it was written`, 'SQLITE_CORRUPT');
}

export function checkSumOf({ id, name, headSeq, tailSeq, epoch }: Room): number {
  return roomCheckSum(id, name, headSeq, tailSeq, epoch);
}

/** Whether a message of the room is as it was written. */
export function isWhole({ id: roomId, uncheckedSeq }: Room, row: MessageRow): boolean {
  const [seq, sentAtMs, sender, author, id, content, checkSum] = row;
  if (checkSum === null) return seq <= uncheckedSeq;
  // A row that is damaged may hold anything, nothing for instance.
  const areTexts = [sender, author, id, content].every((one) => typeof one === 'string');
  if (!areTexts || typeof seq !== 'number' || typeof sentAtMs !== 'number') return false;
  return checkSum === messageCheckSum(roomId, seq, sentAtMs, sender, author, id, content);
}
