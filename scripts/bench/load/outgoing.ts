// The messages of one sender: numbered, stamped with the time, many in one write.
import type { Frame } from '../dialects/dialect.js';
import { nowUs, sequenceField, timeField, writeNumber } from './content.js';

export class Outgoing {
  /** How many were made so far; the next one has this number. */
  count = 0;
  readonly #template: Frame;
  readonly #mask: Uint8Array;
  readonly #stamped: boolean;

  constructor(template: Frame, mask: Uint8Array, stamped: boolean) {
    this.#template = template;
    this.#mask = mask;
    this.#stamped = stamped;
  }

  next(messages: number): Buffer {
    const { bytes: template, contentAt } = this.#template;
    const bytes = Buffer.allocUnsafe(messages * template.length);
    for (let at = 0; at < bytes.length; at += template.length) {
      template.copy(bytes, at);
      writeNumber(bytes, at + contentAt, sequenceField, this.count, this.#mask);
      if (this.#stamped) writeNumber(bytes, at + contentAt, timeField, nowUs(), this.#mask);
      this.count += 1;
    }
    return bytes;
  }
}
