import type { Change, Entry } from './ports.js';

/** What an entry says after a change. */
export interface Rewritten {
  readonly content: string;
  readonly editedAtMs: number;
  /** The removal by which its content is gone. */
  readonly change?: Change;
}

/** Something that is being read from the store. */
export interface Reading {
  /** The entries as they are by now, whenever the store has read them. */
  current(entries: readonly Entry[]): readonly Entry[];
  /** Nothing more is asked of this reading. */
  end(): void;
}

/**
 * What is changed in a log while the store reads something of it, which may have been read before
 * the change and be told after it. Nothing is noted while nothing is read.
 */
export class Rewrites {
  #readings = 0;
  #ever = 0;
  readonly #latest = new Map<number, { readonly place: number; readonly fields: Rewritten }>();

  /** The entry `seq` says this from now on. With a removal, edits of it do as well. */
  note(seq: number, fields: Rewritten): void {
    if (this.#readings === 0) return;
    this.#ever += 1;
    this.#latest.set(seq, { place: this.#ever, fields });
  }

  /** To be called before the store is asked, and ended when all that it has told was used. */
  begin(): Reading {
    const since = this.#ever;
    this.#readings += 1;
    return {
      current: (entries) =>
        this.#ever === since ? entries : entries.map((entry) => this.#current(entry, since)),
      end: () => {
        this.#readings -= 1;
        if (this.#readings === 0) this.#latest.clear();
      },
    };
  }

  #current(entry: Entry, since: number): Entry {
    const { seq, change } = entry;
    // The store may know of a removal before anybody else does.
    if (change?.kind === 'removal') return entry;
    const fields = this.#since(seq, since);
    if (fields !== undefined) return { ...entry, ...fields };
    if (change?.kind !== 'edit') return entry;
    const ofTarget = this.#since(change.targetSeq, since);
    return ofTarget?.change === undefined ? entry : { ...entry, ...ofTarget };
  }

  #since(seq: number, since: number): Rewritten | undefined {
    const latest = this.#latest.get(seq);
    return latest !== undefined && latest.place > since ? latest.fields : undefined;
  }
}
