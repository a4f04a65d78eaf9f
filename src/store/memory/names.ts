import type { HeldName, NameRecord } from '../../core/ports.js';

/** The names of people in this process's memory: nothing outlives it. */
export class MemoryNames implements NameRecord {
  readonly #names = new Map<string, HeldName>();

  async names(): Promise<readonly HeldName[]> {
    return [...this.#names.values()];
  }

  async saveNames(names: readonly HeldName[]): Promise<void> {
    for (const held of names) {
      if (held.name === '') this.#names.delete(held.person);
      else this.#names.set(held.person, held);
    }
  }
}
