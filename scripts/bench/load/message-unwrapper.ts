import { opcodes } from '../../../src/protocol/websocket-framing.js';

/** A message in one piece. */
const firstByte = 0x80 | opcodes.binary;

/**
 * Takes a server's binary WebSocket messages off what is in them, without a copy: there is
 * one header for many frames, so that receivers are hardly busier than with none.
 */
export class MessageUnwrapper {
  /** How many bytes of the header have been read, and of those of its length are to come. */
  #headerBytes = 0;
  #lengthBytesLeft = 0;
  #payloadLeft = 0;

  /** Hands each piece of payload to `visit`, where it lies. */
  receive(bytes: Buffer, length: number, visit: (piece: Buffer, length: number) => void): void {
    let at = 0;
    while (at < length) {
      if (this.#headerBytes < 2 || this.#lengthBytesLeft > 0) {
        this.#readHeader(bytes[at]!);
        at += 1;
        continue;
      }
      const end = Math.min(length, at + this.#payloadLeft);
      visit(bytes.subarray(at, end), end - at);
      this.#payloadLeft -= end - at;
      at = end;
      if (this.#payloadLeft === 0) this.#headerBytes = 0;
    }
  }

  #readHeader(byte: number): void {
    this.#headerBytes += 1;
    switch (this.#headerBytes) {
      case 1:
        if (byte !== firstByte) throw new Error(`a WebSocket frame began with ${byte}`);
        break;
      case 2:
        this.#lengthBytesLeft = byte === 126 ? 2 : byte === 127 ? 8 : 0;
        this.#payloadLeft = this.#lengthBytesLeft === 0 ? byte : 0;
        break;
      default:
        this.#lengthBytesLeft -= 1;
        this.#payloadLeft = this.#payloadLeft * 0x100 + byte;
    }
  }
}
