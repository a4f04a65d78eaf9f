/** What the first bytes of a connection are the beginning of. */
export type Opening = 'frames' | 'HTTP' | 'TLS' | 'SSH' | 'PROXY 1' | 'PROXY 2';

/** No more bytes than these are needed to tell. */
export const openingBytesMax = 12;

/** The PROXY protocol, version 2 (its specification, section 2.2). */
const proxy2 = Uint8Array.of(
  ...[0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a],
);
/** Version 1 (section 2.1). */
const proxy1 = new TextEncoder().encode('PROXY ');
const ssh = new TextEncoder().encode('SSH-');
/** A handshake record (RFC 8446 section 5.1). */
const tls = Uint8Array.of(0x16, 0x03);

const signatures: ReadonlyArray<readonly [Opening, Uint8Array]> = [
  ['PROXY 2', proxy2],
  ['PROXY 1', proxy1],
  ['SSH', ssh],
  ['TLS', tls],
];

/**
 * What begins with these bytes; undefined while they are too few to tell.
 *
 * HTTP begins with the capitals of a method. Read as a length and the tag of a field, it and
 * the others have a field number that chat.proto keeps free, or none at all, or a length that
 * is too large for the frame: no stream of frames begins so.
 */
export function openingOf(bytes: Uint8Array): Opening | undefined {
  let isOpen = false;
  for (const [opening, signature] of signatures) {
    const common = commonLength(bytes, signature);
    if (common === signature.length) return opening;
    if (common === bytes.length) isOpen = true;
  }
  if (isOpen) return undefined;
  const [first = 0, second = letterA] = bytes;
  if (!isCapital(first) || !isCapital(second)) return 'frames';
  return bytes.length < 2 ? undefined : 'HTTP';
}

const letterA = 0x41;

function isCapital(byte: number): boolean {
  return byte >= letterA && byte <= 0x5a;
}

function commonLength(bytes: Uint8Array, signature: Uint8Array): number {
  const length = Math.min(bytes.length, signature.length);
  for (let index = 0; index < length; index += 1) {
    if (bytes[index] !== signature[index]) return index;
  }
  return length;
}
