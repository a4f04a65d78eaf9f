import type { Drafts, Entry } from '../../core/ports.js';

/** What a run takes beside its entries, as was measured. */
export const runOverheadBytes = 800;
/** What an entry takes beside its texts: its place in the columns, or an object. */
const placeBytes = 60;
const objectBytes = 200;
/** What its id takes in the map of ids. */
const idOverheadBytes = 100;
const bytesPerChar = 2;

/** An entry and whose id it has. */
export interface StoredEntry extends Entry {
  readonly author: string;
  /**
   * The digest of the draft that it was made of; undefined while that can be told from the
   * entry itself. Below the tail, this is all that is left beside the id.
   */
  readonly original: string | undefined;
}

/** What one append added to one room. */
export class Run {
  readonly firstSeq: number;
  /** How many of its entries were removed, from the first one on. */
  removed = 0;
  /** Undefined when no entry is as its draft was. */
  #drafts: Drafts | undefined;
  /** The drafts that became entries, by their index. */
  #added: number[] = [];
  /** Entries that are not as their draft was; undefined for one of which nothing is left. */
  #rewritten: Map<number, StoredEntry | undefined> | undefined;

  constructor(drafts: Drafts, firstSeq: number) {
    this.#drafts = drafts;
    this.firstSeq = firstSeq;
  }

  get length(): number {
    return this.#added.length;
  }

  get lastSeq(): number {
    return this.firstSeq + this.#added.length - 1;
  }

  /** The next entry is made of this draft. */
  add(index: number): void {
    this.#added.push(index);
  }

  /** What is left of an entry. */
  at(seq: number): StoredEntry | undefined {
    if (this.#drafts === undefined || this.#rewritten?.has(seq)) return this.#rewritten?.get(seq);
    const draft = this.#drafts.at(this.#added[seq - this.firstSeq]!);
    const content = draft.change?.kind === 'removal' ? '' : draft.content;
    return { ...draft, content, seq, editedAtMs: 0, original: undefined };
  }

  /** The id of an entry, and whose it is; undefined for one without. */
  idAt(seq: number): { readonly id: string; readonly author: string } | undefined {
    const drafts = this.#drafts;
    if (drafts === undefined) return this.#rewritten?.get(seq);
    const index = this.#added[seq - this.firstSeq]!;
    const id = drafts.ids[index]!;
    return id === '' ? undefined : { id, author: drafts.speakers[index]!.author };
  }

  /** An entry is another one from now on, or nothing is left of it. */
  put(seq: number, entry: StoredEntry | undefined): void {
    (this.#rewritten ??= new Map()).set(seq, entry);
  }

  /** None of its entries is as its draft was: that takes no more memory. */
  dropDrafts(): void {
    this.#drafts = undefined;
    for (const [seq, entry] of this.#rewritten ?? []) {
      if (entry === undefined) this.#rewritten!.delete(seq);
    }
  }

  /** What an entry takes of the memory that a log may hold. */
  weightOf(seq: number): number {
    const drafts = this.#drafts;
    if (drafts === undefined || this.#rewritten?.has(seq)) return weight(this.#rewritten?.get(seq));
    const index = this.#added[seq - this.firstSeq]!;
    const textBytes = drafts.ends[index]! - drafts.startOf(index);
    return placeBytes + textBytes + idWeight(drafts.ids[index]!);
  }
}

function weight(entry: StoredEntry | undefined): number {
  if (entry === undefined) return 0;
  const { id, sender, author, content, original } = entry;
  const chars = sender.length + author.length + content.length + (original?.length ?? 0);
  return objectBytes + chars * bytesPerChar + idWeight(id);
}

function idWeight(id: string): number {
  return id === '' ? 0 : idOverheadBytes + id.length * bytesPerChar;
}
