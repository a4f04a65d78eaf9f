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
    this.#drafts.value = withDraft(this.#drafts.value, room, text);
    // Another tab may have written in another room.
    this.#kept.update((kept) => withDraft(kept, room, text));
  }
}

function withDraft(drafts: KeptDrafts, room: string, text: string): KeptDrafts {
  const { [room]: _, ...others } = drafts;
  return text === '' ? others : { ...others, [room]: text };
}
