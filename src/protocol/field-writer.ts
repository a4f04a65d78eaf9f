import { copyBytes } from './bytes.js';
import { writeUtf8 } from './utf8.js';

/** Those of google.protobuf.Timestamp. */
const secondsTag = 1 << 3;
const nanosTag = 2 << 3;

/** Short text is written faster by a loop than by the encoder, which has to be called first. */
const loopCharsMax = 128;

/** A length of 32 bits. */
const lengthBytesMax = 5;

/** Collects the fields of messages in one piece of memory, which grows as needed. */
export class FieldWriter {
  protected buffer: Uint8Array;
  protected position = 0;

  constructor(bytes: number) {
    this.buffer = new Uint8Array(bytes);
  }

  protected byte(value: number): void {
    this.buffer[this.position] = value;
    this.position += 1;
  }

  protected copy(bytes: Uint8Array, start: number, end: number): void {
    copyBytes(bytes, start, end, this.buffer, this.position);
    this.position += end - start;
  }

  /** A field of text, of so many bytes; none if it is empty, as in all of proto3. */
  protected string(tag: number, text: string, bytes: number): void {
    if (bytes === 0) return;
    this.byte(tag);
    this.varint(bytes);
    if (bytes === text.length && bytes <= loopCharsMax) {
      const buffer = this.buffer;
      let position = this.position;
      for (let index = 0; index < bytes; index += 1) {
        buffer[position] = text.charCodeAt(index);
        position += 1;
      }
      this.position = position;
    } else this.position = writeUtf8(text, this.buffer, this.position);
  }

  protected number(tag: number, value: number): void {
    if (value === 0) return;
    this.byte(tag);
    this.varint(value);
  }

  protected timestamp(tag: number, ms: number, bytes: number): void {
    this.byte(tag);
    this.byte(bytes);
    const seconds = Math.floor(ms / 1000);
    this.number(secondsTag, seconds);
    this.number(nanosTag, (ms - seconds * 1000) * 1_000_000);
  }

  protected varint(value: number): void {
    let rest = value;
    // Beyond 32 bits there are no shifts.
    while (rest >= 2 ** 31) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    while (rest >= 0x80) {
      this.buffer[this.position] = (rest & 0x7f) | 0x80;
      this.position += 1;
      rest >>>= 7;
    }
    this.buffer[this.position] = rest;
    this.position += 1;
  }

  protected reserve(bytes: number): void {
    const wanted = this.position + bytes;
    if (wanted <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(wanted, 2 * this.buffer.length));
    grown.set(this.buffer.subarray(0, this.position));
    this.buffer = grown;
  }

  /** Leaves room for the length of what follows; returns where that begins. */
  protected open(): number {
    this.reserve(lengthBytesMax);
    this.position += lengthBytesMax;
    return this.position;
  }

  /** Puts the length of what was written since `open` in front of it. */
  protected close(start: number): void {
    const { position } = this;
    const length = position - start;
    this.position = start - lengthBytesMax;
    this.varint(length);
    this.buffer.copyWithin(this.position, start, position);
    this.position += length;
  }
}
