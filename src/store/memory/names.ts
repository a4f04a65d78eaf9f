import type { HeldName, NameRecord } from '../../core/ports.js';
import type { MemoryAccounts } from './accounts.js';

/** The names of people in this process's memory: nothing outlives it. */
export class MemoryNames implements NameRecord {
  readonly #names = new Map<string, HeldName>();
  readonly #accounts: MemoryAccounts;

  constructor(accounts: MemoryAccounts) {
    this.#accounts = accounts;
  }

  async names(): Promise<readonly HeldName[]> {
    const guests = Array.from(this.#names.values());
    const accounts = Array.from(this.#accounts.all, ({ person, name }) => {
      return { person, name, untilMs: Infinity };
    });
    return [...guests.filter(({ person }) => !this.#accounts.has(person)), ...accounts];
  }

  async saveNames(names: readonly HeldName[]): Promise<void> {
    for (const held of names) {
      if (held.name === '') this.#names.delete(held.person);
      else this.#names.set(held.person, held);
    }
  }
}
