/** The kinds of WebSocket frames (RFC 6455 section 5.2). */
export const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export type Opcode = (typeof opcodes)[keyof typeof opcodes];

/** A client's longest header: the length in 8 bytes, and the mask. */
export const headerBytesMax = 14;

/** How many bytes stand before so many of a server's frame, which is not masked. */
export function headerBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2;
  return payloadBytes < 0x10000 ? 4 : 10;
}

/** Writes the header of a whole message; returns the position after it. */
export function writeHeader(
  into: Uint8Array,
  start: number,
  opcode: Opcode,
  payloadBytes: number,
): number {
  let position = start;
  into[position] = finalBit | opcode;
  const lengthBytes = headerBytes(payloadBytes) - 2;
  into[position + 1] = lengthBytes === 0 ? payloadBytes : lengthBytes === 2 ? 126 : 127;
  position += 2;
  // Big-endian; beyond 32 bits there are no shifts, and no messages either.
  for (let index = lengthBytes - 1; index >= 0; index -= 1) {
    into[position] = index > 3 ? 0 : (payloadBytes >>> (8 * index)) & 0xff;
    position += 1;
  }
  return position;
}

/** A control frame (RFC 6455 section 5.5): at most 125 bytes of payload. */
export function controlFrame(
  opcode: typeof opcodes.close | typeof opcodes.ping | typeof opcodes.pong,
  payload: Uint8Array,
): Uint8Array {
  const frame = new Uint8Array(headerBytes(payload.length) + payload.length);
  frame.set(payload, writeHeader(frame, 0, opcode, payload.length));
  return frame;
}

const reasonBytesMax = 123;

/** A close frame with its code, and a sentence as far as there is room for it. */
export function closeFrame(code: number, sentence: string): Uint8Array {
  const payload = new Uint8Array(2 + reasonBytesMax);
  payload[0] = code >>> 8;
  payload[1] = code & 0xff;
  // It writes whole characters only.
  const { written } = new TextEncoder().encodeInto(sentence, payload.subarray(2));
  return controlFrame(opcodes.close, payload.subarray(0, 2 + written));
}

const finalBit = 0x80;
const maskBit = 0x80;

/**
 * Follows the frames of a client without looking into them, to know whether a message was
 * begun and has not arrived whole: whoever assembles messages tells only of whole ones.
 */
export class MessageTracker {
  /** The header of the frame that has not arrived whole, as far as it has. */
  readonly #header = new Uint8Array(headerBytesMax);
  #headerLength = 0;
  #payloadLeft = 0;
  /** Whether the message goes on in another frame. */
  #isFragmented = false;
  #isControl = false;

  /** Whether a message, or a frame of any kind, was begun and is not complete. */
  get isMidMessage(): boolean {
    return this.#isFragmented || this.isInFrame;
  }

  /** Whether a frame was begun and is not complete. */
  get isInFrame(): boolean {
    return this.#headerLength > 0 || this.#payloadLeft > 0;
  }

  /** Whether the last header was that of a control frame. */
  get isControl(): boolean {
    return this.#isControl;
  }

  /** Whether the bytes that follow are those of a payload. */
  get isInPayload(): boolean {
    return this.#payloadLeft > 0;
  }

  /**
   * Follows the chunk from `start` to the end of a frame, or as far as it goes; returns the
   * position after that. `isInFrame` tells which it was.
   */
  follow(chunk: Uint8Array, start: number): number {
    let position = start;
    while (position < chunk.length) {
      if (this.#payloadLeft > 0) {
        const skipped = Math.min(this.#payloadLeft, chunk.length - position);
        this.#payloadLeft -= skipped;
        return position + skipped;
      }
      this.#header[this.#headerLength] = chunk[position]!;
      this.#headerLength += 1;
      position += 1;
      if (this.#headerLength < this.#headerBytesWanted) continue;
      this.#begin();
      if (this.#payloadLeft === 0) return position;
    }
    return position;
  }

  get #headerBytesWanted(): number {
    if (this.#headerLength < 2) return 2;
    const second = this.#header[1]!;
    const length = second & 0x7f;
    const lengthBytes = length === 126 ? 2 : length === 127 ? 8 : 0;
    return 2 + lengthBytes + ((second & maskBit) === 0 ? 0 : 4);
  }

  #begin(): void {
    const header = this.#header;
    const opcode = header[0]! & 0x0f;
    // Control frames may come in between the fragments of a message.
    this.#isControl = opcode >= opcodes.close;
    if (!this.#isControl) this.#isFragmented = (header[0]! & finalBit) === 0;
    let length = header[1]! & 0x7f;
    if (length >= 126) {
      const lengthBytes = length === 126 ? 2 : 8;
      length = 0;
      for (const byte of header.subarray(2, 2 + lengthBytes)) length = length * 0x100 + byte;
    }
    this.#payloadLeft = length;
    this.#headerLength = 0;
  }
}
