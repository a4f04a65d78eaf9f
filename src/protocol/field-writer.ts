import { copyBytes } from './bytes.js';
import { FrameCollector } from './frame-collector.js';
import { writeUtf8 } from './utf8.js';

/** Those of google.protobuf.Timestamp. */
const secondsTag = 1 << 3;
const nanosTag = 2 << 3;

/** Short text is written faster by a loop than by the encoder, which has to be called first. */
const loopCharsMax = 128;

/** A length of 32 bits. */
const lengthBytesMax = 5;

/** Collects frames that are written field by field. */
export class FieldWriter extends FrameCollector {
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
