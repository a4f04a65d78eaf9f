import { signal } from '@preact/signals';
import type { Kept } from '../../model/kept.js';
import type { Drafts as KeptDrafts } from '../../model/kept-values.js';

/** What was typed in each room and not sent yet. */
export class Drafts {
  readonly #kept: Kept<KeptDrafts>;
  readonly #drafts;

  constructor(kept: Kept<KeptDrafts>) {
    this.#kept = kept;
    this.#drafts = signal(kept.read());
  }

  /** The draft of a room; empty when there is none. */
  of(room: string): string {
    return this.#drafts.value[room] ?? '';
  }

  write(room: string, text: string): void {
    const { [room]: _, ...others } = this.#drafts.value;
    this.#drafts.value = text === '' ? others : { ...others, [room]: text };
    this.#kept.write(this.#drafts.value);
  }
}
