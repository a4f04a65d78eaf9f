/** A text as UTF-8: the bytes from `start` to before `end`. */
export interface Utf8Range {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Whether the bytes from `start` to before `end` are UTF-8 (RFC 3629 section 4: no
 * overlong forms, no surrogates, nothing above U+10FFFF).
 *
 * By hand, because the text of most messages is never needed as a string, and
 * making one costs several times as much as this look at its bytes.
 */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let position = start;
  while (position < end) {
    const lead = bytes[position]!;
    position += 1;
    if (lead < 0x80) continue;

    // The second byte's range rules out overlong forms, surrogates and what is too large.
    let more: number;
    let secondMin = 0x80;
    let secondMax = 0xbf;
    if (lead < 0xc2) return false;
    else if (lead < 0xe0) more = 1;
    else if (lead < 0xf0) {
      more = 2;
      if (lead === 0xe0) secondMin = 0xa0;
      else if (lead === 0xed) secondMax = 0x9f;
    } else if (lead < 0xf5) {
      more = 3;
      if (lead === 0xf0) secondMin = 0x90;
      else if (lead === 0xf4) secondMax = 0x8f;
    } else return false;

    if (position + more > end) return false;
    const second = bytes[position]!;
    if (second < secondMin || second > secondMax) return false;
    for (let index = 1; index < more; index += 1) {
      if ((bytes[position + index]! & 0xc0) !== 0x80) return false;
    }
    position += more;
  }
  return true;
}

/** How many bytes `text` takes as UTF-8; a lone surrogate counts as U+FFFD, as it is encoded. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (isPairAt(text, index, unit)) {
      bytes += 2; // four bytes for two units
      index += 1;
    } else bytes += 2;
  }
  return bytes;
}

function isPairAt(text: string, index: number, unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
}

const encoder = new TextEncoder();
// The BOM is a character of the text like any other.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A character of a string, half of a surrogate pair for instance, takes no more as UTF-8. */
export const utf8BytesPerCharMax = 3;

/** Writes `text` at `position`, where it has room, and returns the position after it. */
export function writeUtf8(text: string, into: Uint8Array, position: number): number {
  const rest = position === 0 ? into : into.subarray(position);
  return position + encoder.encodeInto(text, rest).written;
}

/** A text as UTF-8; a lone surrogate becomes U+FFFD. */
export function utf8Range(text: string): Utf8Range {
  const bytes = encoder.encode(text);
  return { bytes, start: 0, end: bytes.length };
}

/** The text of the bytes from `start` to before `end`, which are UTF-8. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}
