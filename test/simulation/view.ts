import type { Stretch } from '../../src/core/ports.js';
import type { Versions } from './versions.js';

/** One room as a reader has it, by what it was told. */
export class View {
  epoch: string;
  /** The number that has to come next. */
  nextSeq: number;
  /** What the messages say; undefined for those that were removed. */
  readonly #texts = new Map<number, string | undefined>();
  /** The messages whose changes were told. */
  readonly #changed = new Set<number>();
  readonly #gaps: Stretch[] = [];

  constructor(epoch: string, nextSeq: number) {
    this.epoch = epoch;
    this.nextSeq = nextSeq;
  }

  /** The numbering has started anew. */
  beginAnew(epoch: string): void {
    this.epoch = epoch;
    this.nextSeq = 1;
    this.#texts.clear();
    this.#changed.clear();
    this.#gaps.length = 0;
  }

  skip(fromSeq: number, toSeq: number): void {
    this.nextSeq = toSeq + 1;
    if (toSeq >= fromSeq) this.#gaps.push({ fromSeq, toSeq });
  }

  /** A message came, or what is left of it. */
  say(seq: number, text: string | undefined): void {
    this.#texts.set(seq, text);
  }

  /** An edit or a removal came. What it is about need not have come before. */
  change(seq: number, text: string | undefined): void {
    if (this.#texts.has(seq)) this.#texts.set(seq, text);
    this.#changed.add(seq);
  }

  /** A page came. What was told of a message by then may be newer than the page, and stays. */
  leafThrough(seq: number, text: string | undefined): void {
    if (!this.#changed.has(seq)) this.#texts.set(seq, text);
  }

  hasMissed(seq: number): boolean {
    return this.#gaps.some(({ fromSeq, toSeq }) => seq >= fromSeq && seq <= toSeq);
  }

  /** What it has otherwise than the log has, in words; undefined when nothing. */
  differenceTo(versions: Versions): string | undefined {
    for (const [seq, text] of this.#texts) {
      if (text === versions.last(seq)) continue;
      // Whoever was told that something is missing cannot know what it was.
      if (versions.of(seq).some(({ bySeq }) => this.hasMissed(bySeq))) continue;
      return `${seq} as "${text}", and it is "${versions.last(seq)}"`;
    }
    return undefined;
  }
}
