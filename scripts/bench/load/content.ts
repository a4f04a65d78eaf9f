// The 100 bytes that every message carries. Numbers are decimal digits at fixed
// places, so that they can be read and written in a frame without making a string:
//
//   0  publisher   4 digits
//   4  sequence   10 digits, counted by each publisher from 0
//  14  time       16 digits, microseconds of the clock that all processes share
//  30  filler     'x'

export const contentBytes = 100;

/** The subject of all broadcasts, for dialects that have subjects. */
export const broadcastChannel = 'b';

interface Field {
  readonly at: number;
  readonly digits: number;
}

export const publisherField: Field = { at: 0, digits: 4 };
export const sequenceField: Field = { at: 4, digits: 10 };
export const timeField: Field = { at: 14, digits: 16 };
/** From here on the content never changes. */
export const fillerAt = 30;

const zero = 48;

/** The content of a publisher's first message; its time is not set. */
export function firstContent(publisher: number): Buffer {
  const content = Buffer.alloc(contentBytes, 'x');
  content.fill('0', 0, fillerAt);
  writeNumber(content, 0, publisherField, publisher, noMask);
  return content;
}

/** For dialects that do not mask. */
export const noMask: Uint8Array = new Uint8Array(4);

/**
 * Writes a number into the content that begins at `contentAt`. `mask` is the
 * WebSocket masking key, which counts from the content's first byte.
 */
export function writeNumber(
  bytes: Buffer,
  contentAt: number,
  field: Field,
  value: number,
  mask: Uint8Array,
): void {
  let rest = value;
  for (let place = field.at + field.digits - 1; place >= field.at; place -= 1) {
    const tenth = Math.floor(rest / 10);
    bytes[contentAt + place] = (zero + rest - tenth * 10) ^ mask[place & 3]!;
    rest = tenth;
  }
}

/** Reads a number from the content that begins at `contentAt`; NaN or nonsense if it is none. */
export function readNumber(bytes: Buffer, contentAt: number, field: Field): number {
  let value = 0;
  const begin = contentAt + field.at;
  for (let place = begin; place < begin + field.digits; place += 1) {
    value = value * 10 + bytes[place]! - zero;
  }
  return value;
}

/** Microseconds of the monotonic clock, which is the same in all processes of a machine. */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + Math.floor(nanoseconds / 1e3);
}
