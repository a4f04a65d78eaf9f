import { copyBytes } from '../protocol/bytes.js';
import { readUtf8, utf8Range, type Utf8Range } from '../protocol/utf8.js';

/**
 * What an entry of a log does, if it is no message.
 * - `edit`: the message `targetSeq` has the entry's content from now on.
 * - `removal`: the message `targetSeq` has no content any more, nor has this entry. An entry that
 *   names itself is what is left of a message, or of an edit of it.
 * - `topic`: the room's topic is the entry's content from now on.
 */
export type Change =
  { readonly kind: 'edit' | 'removal'; readonly targetSeq: number } | { readonly kind: 'topic' };

/** Who says something. */
export interface Speaker {
  /** Whose the ids of its drafts are: a person's device's, in all its sessions; see `authorOf`. */
  readonly author: string;
  /** The name that others see. */
  readonly sender: string;
}

/** What an entry is before it has its number. */
export interface Draft extends Speaker {
  /** What it does; undefined for a message. */
  readonly change: Change | undefined;
  /** The sender's own id of it; empty when it gave none. */
  readonly id: string;
  readonly content: string;
  /** When it was accepted, in milliseconds since 1970. */
  readonly sentAtMs: number;
}

/** What a draft is made of, with its text where it has arrived. */
export interface DraftFields extends Utf8Range {
  readonly change: Change | undefined;
  readonly id: string;
  readonly speaker: Speaker;
  readonly sentAtMs: number;
}

/** A list has room for so many at first. */
const columnLengthMin = 17;

/**
 * Drafts for one room, in their order. They are kept as columns, with their texts one after the
 * other in one piece of memory: however many drafts there are, this is a few objects. So it is what
 * goes to the store and then to the readers, and what stays in memory: an object for each message
 * with its strings costs several times as much, most of it in the garbage collector.
 */
export class Drafts implements Iterable<Draft> {
  ids: string[] = [];
  /** The same object for one who has sent several. */
  speakers: Speaker[] = [];
  timesMs: number[] = [];
  /** Where the text of each draft ends in `texts`; the next one begins there. */
  ends: number[] = [];
  /** What those do that are no messages, by their index. */
  changes: Map<number, Change> | undefined;
  /** As UTF-8; what is after the last end has no meaning. */
  texts: Uint8Array;
  /** How many characters all ids have. */
  idChars = 0;

  /** With memory for so many bytes of text at first. */
  constructor(textBytes = 256) {
    this.texts = new Uint8Array(textBytes);
  }

  static of(drafts: Iterable<Draft>): Drafts {
    const made = new Drafts();
    for (const { author, sender, content, ...fields } of drafts) {
      made.add({ ...fields, speaker: { author, sender }, ...utf8Range(content) });
    }
    return made;
  }

  get length(): number {
    return this.ends.length;
  }

  /** How many bytes the texts have. */
  get textBytes(): number {
    return this.ends.at(-1) ?? 0;
  }

  /** Copies the text: it may lie in memory that is used again. */
  add({ change, id, speaker, bytes, start, end, sentAtMs }: DraftFields): void {
    const textStart = this.textBytes;
    const textEnd = textStart + end - start;
    if (textEnd > this.texts.length) this.#grow(textEnd);
    copyBytes(bytes, start, end, this.texts, textStart);
    if (change !== undefined) (this.changes ??= new Map()).set(this.length, change);
    this.idChars += id.length;
    this.ids.push(id);
    this.speakers.push(speaker);
    this.timesMs.push(sentAtMs);
    this.ends.push(textEnd);
  }

  /** Nothing is added any more: takes no more memory than needed. */
  seal(): this {
    const { textBytes } = this;
    // What nearly fills its memory is not worth a copy.
    if (textBytes < this.texts.length * 0.75) this.texts = this.texts.slice(0, textBytes);
    if (this.length < columnLengthMin) {
      this.ids = this.ids.slice();
      this.speakers = this.speakers.slice();
      this.timesMs = this.timesMs.slice();
      this.ends = this.ends.slice();
    }
    return this;
  }

  /** Where the text of a draft begins in `texts`. */
  startOf(index: number): number {
    return index === 0 ? 0 : this.ends[index - 1]!;
  }

  contentOf(index: number): string {
    return readUtf8(this.texts, this.startOf(index), this.ends[index]!);
  }

  /** The text of a draft is in memory no more. */
  erase(index: number): void {
    this.texts.fill(0, this.startOf(index), this.ends[index]);
  }

  at(index: number): Draft {
    return {
      change: this.changes?.get(index),
      id: this.ids[index]!,
      ...this.speakers[index]!,
      content: this.contentOf(index),
      sentAtMs: this.timesMs[index]!,
    };
  }

  *[Symbol.iterator](): Iterator<Draft> {
    for (let index = 0; index < this.length; index += 1) yield this.at(index);
  }

  /** Those that are not at one of some indexes, which ascend. */
  without(indexes: readonly number[]): Drafts {
    if (indexes.length === 0) return this;
    const left = new Drafts();
    let passed = 0;
    for (let index = 0; index < this.length; index += 1) {
      if (indexes[passed] === index) passed += 1;
      else left.#addFrom(this, index);
    }
    return left.seal();
  }

  #addFrom(drafts: Drafts, index: number): void {
    this.add({
      change: drafts.changes?.get(index),
      id: drafts.ids[index]!,
      speaker: drafts.speakers[index]!,
      bytes: drafts.texts,
      start: drafts.startOf(index),
      end: drafts.ends[index]!,
      sentAtMs: drafts.timesMs[index]!,
    });
  }

  #grow(bytes: number): void {
    const grown = new Uint8Array(Math.max(bytes, 2 * this.texts.length));
    grown.set(this.texts.subarray(0, this.textBytes));
    this.texts = grown;
  }
}
