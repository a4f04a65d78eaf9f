import { signal, type ReadonlySignal } from '@preact/signals';
import type { Aside } from '../../model/rows.js';

/** Nobody looks for an echo that was so many ago. */
const asidesMax = 200;

/** What only this page has in a room; see `Aside`. */
export class RoomAsides {
  readonly #all = signal<readonly Aside[]>([]);
  #ever = 0;

  get all(): ReadonlySignal<readonly Aside[]> {
    return this.#all;
  }

  add(kind: Aside['kind'], text: string, afterSeq: number): void {
    this.#ever += 1;
    const aside: Aside = { key: `a${this.#ever}`, kind, text, at: new Date(), afterSeq };
    this.#all.value = [...this.#all.value, aside].slice(-asidesMax);
  }

  clear(): void {
    this.#all.value = [];
  }
}
