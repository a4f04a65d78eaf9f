import type { BroadcastFields } from '../protocol/message-writer.js';
import { utf8Range } from '../protocol/utf8.js';
import { Drafts, type Change } from './drafts.js';

/** One entry in a room's log: a message, or a change. */
export interface Entry {
  readonly seq: number;
  /** What it does; undefined for a message. */
  readonly change: Change | undefined;
  readonly id: string;
  readonly sender: string;
  readonly content: string;
  readonly sentAtMs: number;
  /** When a message got its present content, in milliseconds since 1970; 0 for the original one. */
  readonly editedAtMs: number;
}

/** A message as it is written, to be used again and again. */
export class MessageFields implements BroadcastFields {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  id = '';
  sender = '';
  seq = 0;
  sentAtMs = 0;
  editedAtMs = 0;
}

/** What entries take in memory beside their texts, as was measured: together, and each. */
const overheadBytes = 800;
const placeBytes = 60;
const objectBytes = 160;

/** A string of any characters. */
const bytesPerChar = 2;

/** Whoever has no author needs none: what the store reads is not stored again. */
const nobody = '';

/**
 * Entries whose numbers follow each other: the drafts that they were made of, and, apart from
 * these, what is no message or not as it was sent.
 */
export class Entries implements Iterable<Entry> {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly #drafts: Drafts;
  /** Of the first draft. */
  readonly #draftSeq: number;
  /** By their seq. */
  #others: Map<number, Entry> | undefined;

  private constructor(
    drafts: Drafts,
    draftSeq: number,
    others: Map<number, Entry> | undefined,
    firstSeq: number,
  ) {
    this.firstSeq = firstSeq;
    this.lastSeq = draftSeq + drafts.length - 1;
    this.#drafts = drafts;
    this.#draftSeq = draftSeq;
    this.#others = others;
  }

  /** What became of drafts, at least one; the texts are shared with them. */
  static ofDrafts(drafts: Drafts, firstSeq: number): Entries {
    let others: Map<number, Entry> | undefined;
    for (const [index, change] of drafts.changes ?? []) {
      const { id, sender, content, sentAtMs } = drafts.at(index);
      const seq = firstSeq + index;
      const left = change.kind === 'removal' ? '' : content;
      others ??= new Map();
      others.set(seq, { seq, change, id, sender, content: left, sentAtMs, editedAtMs: 0 });
    }
    return new Entries(drafts, firstSeq, others, firstSeq);
  }

  /** At least one, in the order of their numbers. */
  static of(entries: readonly Entry[]): Entries {
    const drafts = new Drafts();
    let others: Map<number, Entry> | undefined;
    let speaker = { author: nobody, sender: '' };
    for (const entry of entries) {
      const { seq, change, id, sender, sentAtMs, editedAtMs } = entry;
      const isOther = change !== undefined || editedAtMs !== 0;
      if (isOther) (others ??= new Map()).set(seq, entry);
      if (sender !== speaker.sender) speaker = { author: nobody, sender };
      const content = utf8Range(isOther ? '' : entry.content);
      drafts.add({ change: undefined, id, speaker, ...content, sentAtMs });
    }
    const firstSeq = entries[0]!.seq;
    return new Entries(drafts.seal(), firstSeq, others, firstSeq);
  }

  get length(): number {
    return this.lastSeq + 1 - this.firstSeq;
  }

  /** Roughly what they keep in memory. */
  get weightBytes(): number {
    const { texts, idChars, length } = this.#drafts;
    let bytes = overheadBytes + texts.length + idChars * bytesPerChar + length * placeBytes;
    for (const { content } of this.#others?.values() ?? []) {
      bytes += content.length * bytesPerChar + objectBytes;
    }
    return bytes;
  }

  /** Those that are no messages. */
  changes(): Entry[] {
    const others = Array.from(this.#others?.values() ?? []);
    return others.filter(({ change }) => change !== undefined);
  }

  at(seq: number): Entry {
    const other = this.#others?.get(seq);
    if (other !== undefined) return other;
    const { id, sender, content, sentAtMs } = this.#drafts.at(seq - this.#draftSeq);
    return { seq, change: undefined, id, sender, content, sentAtMs, editedAtMs: 0 };
  }

  *[Symbol.iterator](): Iterator<Entry> {
    for (let seq = this.firstSeq; seq <= this.lastSeq; seq += 1) yield this.at(seq);
  }

  /** An entry that is no message or not as it was sent; undefined for all others. */
  otherAt(seq: number): Entry | undefined {
    return this.#others?.get(seq);
  }

  /** Puts a message that is as it was sent into `fields`. */
  readFields(seq: number, fields: MessageFields): void {
    const drafts = this.#drafts;
    const index = seq - this.#draftSeq;
    fields.bytes = drafts.texts;
    fields.start = drafts.startOf(index);
    fields.end = drafts.ends[index]!;
    fields.id = drafts.ids[index]!;
    fields.sender = drafts.speakers[index]!.sender;
    fields.seq = seq;
    fields.sentAtMs = drafts.timesMs[index]!;
    fields.editedAtMs = 0;
  }

  /** Those after `seq`, at least one of which there is. */
  after(seq: number): Entries {
    return new Entries(this.#drafts, this.#draftSeq, this.#others, seq + 1);
  }

  /** One of them is another one from now on. A text that is removed is erased. */
  replace(entry: Entry): void {
    (this.#others ??= new Map()).set(entry.seq, entry);
    if (entry.change?.kind === 'removal') this.#drafts.erase(entry.seq - this.#draftSeq);
  }
}
