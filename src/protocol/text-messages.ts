import type { Allocate } from './message-writer.js';
import { utf8Bytes, writeUtf8 } from './utf8.js';
import { headerBytes, opcodes, writeHeader } from './websocket-framing.js';

/** Texts on their way to be WebSocket messages, one each. */
export class TextMessages {
  readonly #allocate: Allocate;
  #texts: string[] = [];
  #chars = 0;

  constructor(allocate: Allocate) {
    this.#allocate = allocate;
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  /** How many characters have been collected. */
  get chars(): number {
    return this.#chars;
  }

  push(text: string): void {
    this.#chars += text.length;
    this.#texts.push(text);
  }

  take(): Uint8Array {
    const texts = this.#texts;
    this.#texts = [];
    this.#chars = 0;
    const lengths = texts.map(utf8Bytes);
    let bytes = 0;
    for (const length of lengths) bytes += headerBytes(length) + length;
    const taken = this.#allocate(bytes);
    let position = 0;
    for (const [index, text] of texts.entries()) {
      position = writeHeader(taken, position, opcodes.text, lengths[index]!);
      position = writeUtf8(text, taken, position);
    }
    return taken;
  }
}
