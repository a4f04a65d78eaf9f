// Checks a stream of broadcasts byte by byte: each frame is what it should be, and
// each publisher's messages come in order without one missing or twice.
import type { Frame } from '../dialects/dialect.js';
import { fillerAt, publisherField, readNumber, sequenceField } from './content.js';

export class Verifier {
  readonly #expected: Frame;
  readonly #nextOf: number[];

  /** `expected` is any frame of the workload; only the numbers in its content may differ. */
  constructor(expected: Frame, publishers: number) {
    this.#expected = expected;
    this.#nextOf = Array.from({ length: publishers }, () => 0);
  }

  /** Throws if the frame that begins at `at` is not one that may come now. */
  verify(bytes: Buffer, at: number): void {
    const { bytes: expected, contentAt } = this.#expected;
    const variableEnd = contentAt + fillerAt;
    const same =
      bytes.compare(expected, 0, contentAt, at, at + contentAt) === 0 &&
      bytes.compare(
        expected,
        variableEnd,
        expected.length,
        at + variableEnd,
        at + expected.length,
      ) === 0;
    const publisher = readNumber(bytes, at + contentAt, publisherField);
    const next = this.#nextOf[publisher];
    if (!same || next === undefined) {
      const frame = bytes.toString('latin1', at, at + expected.length);
      throw new Error(`an unknown frame arrived: ${JSON.stringify(frame)}`);
    }
    const sequence = readNumber(bytes, at + contentAt, sequenceField);
    if (sequence !== next) {
      throw new Error(`publisher ${publisher}: message ${sequence} came in place of ${next}`);
    }
    this.#nextOf[publisher] = next + 1;
  }
}
