/** What a test writes into a stream: text as UTF-8, numbers as single bytes. */
export type Part = number | string | Uint8Array | readonly number[];

/** The parts, one after the other. */
export function bytes(...parts: readonly Part[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part, 'utf8');
      return typeof part === 'number' ? Uint8Array.of(part) : Uint8Array.from(part);
    }),
  );
}

/** Bytes as they are printed: `04 0a 02 68 69`. */
export function hex(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** A protobuf varint, in its shortest form. */
export function varint(value: number | bigint): Uint8Array {
  const encoded: number[] = [];
  let rest = BigInt(value);
  while (rest >= 0x80n) {
    encoded.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.from([...encoded, Number(rest)]);
}

/** A varint of exactly so many bytes; beyond the value they are padding. */
export function longVarint(value: number, byteCount: number): Uint8Array {
  return Uint8Array.from({ length: byteCount }, (_, index) => {
    const bits = index < 5 ? Math.floor(value / 2 ** (7 * index)) & 0x7f : 0;
    return index === byteCount - 1 ? bits : bits | 0x80;
  });
}

/** The parts after the length prefix that they need. */
export function frame(...parts: readonly Part[]): Uint8Array {
  const body = bytes(...parts);
  return bytes(varint(body.length), body);
}

/** A protobuf tag. */
export function tag(fieldNumber: number, wireType: number): Uint8Array {
  return varint(BigInt(fieldNumber) * 8n + BigInt(wireType));
}

/** A length-delimited field. */
export function field(fieldNumber: number, ...parts: readonly Part[]): Uint8Array {
  const value = bytes(...parts);
  return bytes(tag(fieldNumber, 2), varint(value.length), value);
}

/** A varint field. */
export function numberField(fieldNumber: number, value: number | bigint): Uint8Array {
  return bytes(tag(fieldNumber, 0), varint(value));
}
