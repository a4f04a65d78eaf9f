/**
 * What the generated code reads and writes protobuf with
 * (https://protobuf.dev/programming-guides/encoding): the few types that chat.proto has, and
 * 64-bit numbers as numbers. It takes the place of a library that is a fifth of what browsers
 * load of the client. What it reads was checked before; see `WireReader`.
 */
import { readUtf8, utf8Bytes, writeUtf8 } from './utf8.js';
import { varintBytes } from './varint.js';

/** Short text is written faster by a loop than by the encoder, which has to be called first. */
const loopCharsMax = 128;

/** Memory that no writer is using: most of a large message's time goes into getting some. */
let spare: Uint8Array | undefined;
const spareBytesMax = 256 * 1024;

/** Writes fields one after another; numbers of 64 bits are below 2^53, or negative and above -2^31. */
export class BinaryWriter {
  #bytes: Uint8Array;
  #position = 0;
  /** Where the messages begin that are not complete, the innermost last. */
  readonly #starts: number[] = [];

  constructor() {
    this.#bytes = spare ?? new Uint8Array(1024);
    spare = undefined;
  }

  /** All that was written; nothing is written after it. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(0, this.#position);
    if (this.#bytes.length <= spareBytesMax) spare = this.#bytes;
    this.#bytes = written;
    return written;
  }

  /** Begins a message within the one that is being written. */
  fork(): this {
    this.#starts.push(this.#position);
    return this;
  }

  /** Ends it, and puts its length in front. */
  join(): this {
    const start = this.#starts.pop()!;
    const length = this.#position - start;
    const prefixBytes = varintBytes(length);
    this.#reserve(prefixBytes);
    this.#bytes.copyWithin(start + prefixBytes, start, this.#position);
    this.#position = start;
    this.uint32(length);
    this.#position += length;
    return this;
  }

  uint32(value: number): this {
    this.#reserve(5);
    const into = this.#bytes;
    let position = this.#position;
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) {
      into[position] = (rest & 0x7f) | 0x80;
      position += 1;
    }
    into[position] = rest;
    this.#position = position + 1;
    return this;
  }

  /** Negative numbers are written with 64 bits, as protobuf wants it. */
  int32(value: number): this {
    return value < 0 ? this.#negative(value) : this.uint64(value);
  }

  int64(value: number): this {
    return this.int32(value);
  }

  uint64(value: number): this {
    this.#reserve(10);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      this.#bytes[this.#position] = (rest % 0x80) | 0x80;
      this.#position += 1;
    }
    this.#bytes[this.#position] = rest;
    this.#position += 1;
    return this;
  }

  bool(value: boolean): this {
    return this.uint32(value ? 1 : 0);
  }

  string(value: string): this {
    const bytes = utf8Bytes(value);
    this.uint32(bytes);
    this.#reserve(bytes);
    if (bytes === value.length && bytes <= loopCharsMax) {
      const into = this.#bytes;
      const start = this.#position;
      for (let index = 0; index < bytes; index += 1) into[start + index] = value.charCodeAt(index);
      this.#position = start + bytes;
    } else this.#position = writeUtf8(value, this.#bytes, this.#position);
    return this;
  }

  #negative(value: number): this {
    this.#reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) {
      this.#bytes[this.#position] = Number(rest & 0x7fn) | 0x80;
      this.#position += 1;
    }
    this.#bytes[this.#position] = Number(rest);
    this.#position += 1;
    return this;
  }

  #reserve(bytes: number): void {
    const wanted = this.#position + bytes;
    if (wanted <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#position));
    this.#bytes = grown;
  }
}

/** Reads fields one after another. Throws `RangeError` for what runs past the end. */
export class BinaryReader {
  pos = 0;
  readonly len: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.len = bytes.length;
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  /** The lowest 32 bits, as a signed number. */
  int32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte();
      if (shift < 35) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** As a number, which is inexact from 2^53 on. */
  uint64(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
  }

  int64(): number {
    const value = this.uint64();
    return value >= 2 ** 63 ? value - 2 ** 64 : value;
  }

  bool(): boolean {
    return this.uint64() !== 0;
  }

  string(): string {
    const start = this.#advance(this.uint32());
    return readUtf8(this.#bytes, start, this.pos);
  }

  /** Passes over a value of that wire type. */
  skip(wireType: number): void {
    if (wireType === 0) this.uint64();
    else if (wireType === 1) this.#advance(8);
    else if (wireType === 2) this.#advance(this.uint32());
    else if (wireType === 5) this.#advance(4);
    else if (wireType === 3) {
      for (let inner = this.uint32() & 7; inner !== 4; inner = this.uint32() & 7) this.skip(inner);
    } else throw new RangeError(`there is no wire type ${wireType}`);
  }

  #byte(): number {
    return this.#bytes[this.#advance(1)]!;
  }

  /** Goes on by so many bytes; returns where it was. */
  #advance(bytes: number): number {
    const start = this.pos;
    this.pos += bytes;
    if (this.pos > this.len) throw new RangeError('it ends too early');
    return start;
  }
}
