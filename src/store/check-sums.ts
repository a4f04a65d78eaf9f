/**
 * Checksums of rows. SQLite has none of its own: a bit that flips on the disk would come
 * back as another text or another number. They find accidents; they keep out nobody who
 * can write the file.
 */
import { crc32 } from 'node:zlib';

/** All of a message's row but the checksum. */
export interface MessageColumns {
  readonly roomId: number;
  readonly seq: number;
  readonly sentAtMs: number;
  readonly sender: string;
  readonly author: string;
  readonly id: string;
  readonly content: string;
}

/**
 * The checksum of a message: a CRC-32 of its texts in one string, which begins with their
 * lengths so that no part of one can be taken for a part of another. The numbers go into
 * the value that the CRC starts with: to print them would take twice as long as the rest.
 * A change in one number, or a burst of up to 32 bits in the texts, never stays unseen, and
 * any other damage with a chance of 1 in 4,000,000,000. It is a signed number, as SQLite
 * stores that in 4 bytes.
 *
 * Parameters instead of `MessageColumns`, as it is computed for every message.
 */
export function messageCheckSum(
  roomId: number,
  seq: number,
  sentAtMs: number,
  sender: string,
  author: string,
  id: string,
  content: string,
): number {
  const lengths = String.fromCharCode(sender.length, author.length, id.length);
  return crc32(lengths + sender + author + id + content, mixed(roomId, seq, sentAtMs)) | 0;
}

/** The checksum of a room's row. */
export function roomCheckSum(
  id: number,
  name: string,
  headSeq: number,
  tailSeq: number,
  epoch: string,
): number {
  return crc32(`${id} ${headSeq} ${tailSeq} ${epoch} ${name}`) | 0;
}

/**
 * 32 bits of three whole numbers below 2^53. Multiplying by an odd number and adding are
 * one-to-one, so a change in the lower or the upper half of one of them changes the result.
 */
function mixed(roomId: number, seq: number, sentAtMs: number): number {
  let bits = Math.imul(roomId, 0x9e3779b1) + seq;
  bits = Math.imul(bits ^ Math.floor(seq / 0x1_0000_0000), 0x85ebca6b) + sentAtMs;
  return (bits ^ Math.imul(Math.floor(sentAtMs / 0x1_0000_0000), 0xc2b2ae35)) >>> 0;
}
