import type { Allocate } from './message-writer.js';
import { ChatMessage } from './messages.js';

/** A length of 32 bits. */
const lengthBytesMax = 5;

const keptBytesMax = 256 * 1024;

/**
 * Collects frames into one piece of memory, to be sent with one write. It grows as
 * needed and is used again and again; `take` copies what was collected.
 */
export class FrameCollector {
  protected buffer: Uint8Array;
  protected position = 0;
  readonly #allocate: Allocate;

  /** Starts with room for `bytes`; what is taken lies in memory from `allocate`. */
  constructor(bytes = 4096, allocate: Allocate = (size) => new Uint8Array(size)) {
    this.buffer = new Uint8Array(bytes);
    this.#allocate = allocate;
  }

  get isEmpty(): boolean {
    return this.position === 0;
  }

  /** How many bytes have been collected. */
  get bytes(): number {
    return this.position;
  }

  /** What was collected, until something is added. */
  get collected(): Uint8Array {
    return this.buffer.subarray(0, this.position);
  }

  /** By the generated code. */
  message(message: ChatMessage): void {
    const content = message.content.toWellFormed();
    const body = ChatMessage.encode({ ...message, content }).finish();
    this.reserve(body.length + lengthBytesMax);
    this.varint(body.length);
    this.buffer.set(body, this.position);
    this.position += body.length;
  }

  /** What was collected, or the first so many bytes of it; the rest stays. */
  take(bytes = this.position): Uint8Array {
    const taken = this.#allocate(bytes);
    taken.set(this.buffer.subarray(0, bytes));
    if (bytes === this.position) this.clear();
    else {
      this.buffer.copyWithin(0, bytes, this.position);
      this.position -= bytes;
    }
    return taken;
  }

  /** Forgets what was collected. */
  clear(): void {
    this.position = 0;
    // One large batch does not hold its memory for ever.
    if (this.buffer.length > keptBytesMax) this.buffer = new Uint8Array(keptBytesMax);
  }

  protected byte(value: number): void {
    this.buffer[this.position] = value;
    this.position += 1;
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
}
