import { computed, signal } from '@preact/signals';
import { readingFrom, unreadOf, withHead, withRead, withSilent } from '../../model/reading.js';

/** How far a room was read, as it changes; see `Reading`. */
export class RoomReading {
  readonly #now = signal(readingFrom(0, 0));
  readonly unread = computed(() => unreadOf(this.#now.value));

  // What follows one of them does not follow the other.
  readonly #readSeq = computed(() => this.#now.value.readSeq);
  readonly #headSeq = computed(() => this.#now.value.headSeq);

  get readSeq(): number {
    return this.#readSeq.value;
  }

  get headSeq(): number {
    return this.#headSeq.value;
  }

  begin(readSeq: number, headSeq: number): void {
    this.#now.value = readingFrom(readSeq, headSeq);
  }

  /** The room's log has that number, or more. */
  reach(seq: number): void {
    this.#now.value = withHead(this.#now.value, seq);
  }

  /** All messages up to there were read. */
  read(seq: number): void {
    this.#now.value = withRead(this.#now.value, seq);
  }

  /** Under these numbers there is nothing to be read. */
  pass(seqs: readonly number[]): void {
    this.#now.value = withSilent(this.#now.value, seqs);
  }
}
