import type { TextFields } from './message-writer.js';
import { utf8Bytes } from './utf8.js';
import { varintBytes } from './varint.js';

/** The field `type`, where it is not ECHO. */
export const typeFieldBytes = 2;

/** How many bytes a field takes that is absent when it is empty, with a tag of one byte. */
export function stringFieldBytes(bytes: number): number {
  return bytes === 0 ? 0 : 1 + varintBytes(bytes) + bytes;
}

/** The same for a number that is absent when it is 0. */
export function numberFieldBytes(value: number): number {
  return value === 0 ? 0 : 1 + varintBytes(value);
}

/** A google.protobuf.Timestamp, without its own tag and length, which takes one byte. */
export function timestampBytes(ms: number): number {
  const seconds = Math.floor(ms / 1000);
  return numberFieldBytes(seconds) + numberFieldBytes((ms - seconds * 1000) * 1_000_000);
}

/** The field `edited_at`, whose tag takes two bytes; absent for 0. */
export function editedAtBytes(editedAtMs: number): number {
  return editedAtMs === 0 ? 0 : 3 + timestampBytes(editedAtMs);
}

/** How many bytes a full session's broadcast takes, without a length in front. */
export function broadcastBytes(
  room: string,
  { content, id, sender, seq, sentAtMs, editedAtMs }: TextFields,
): number {
  return (
    stringFieldBytes(utf8Bytes(content)) +
    typeFieldBytes +
    stringFieldBytes(utf8Bytes(id)) +
    stringFieldBytes(utf8Bytes(room)) +
    stringFieldBytes(utf8Bytes(sender)) +
    numberFieldBytes(seq) +
    (2 + timestampBytes(sentAtMs)) +
    editedAtBytes(editedAtMs)
  );
}
