import { lookAlikeKeys } from './look-alikes.js';
import type { Clock, HeldName, NameRecord } from './ports.js';

/**
 * So many names are kept of people who are not here; then those who have been away the
 * longest lose theirs. Everybody may take a name, so that there has to be a limit.
 */
const awayMax = 100_000;

/** Names that are written at once, so that no message waits long for them. */
const savedAtOnce = 250;

/** How long somebody who takes a name waits for a disk that takes its time. */
const saveWaitMs = 2000;

/** What names need. */
export interface NamesParts {
  readonly record: NameRecord;
  readonly clock: Pick<Clock, 'wallMs' | 'after'>;
  /** For how long a name is kept whose owner has gone; 0 for not at all. */
  readonly nameHoldMs: number;
}

interface Held {
  readonly person: string;
  readonly name: string;
  /** By each of these it is found; nobody else's name has one of them. */
  readonly keys: readonly string[];
  /** When it is free again; `Infinity` while its owner is here. */
  untilMs: number;
  /** Whether the record has it, or is to have it. */
  isKept: boolean;
  /** Whether it is that of an account: the record has it with that. */
  isForEver: boolean;
}

/**
 * Which name belongs to whom: to people who are here, and for a while to those who were
 * (chat.proto, "Person, device, session"). A person has one name at most.
 */
export class Names {
  readonly #parts: NamesParts;
  readonly #byKey = new Map<string, Held>();
  readonly #byPerson = new Map<string, Held>();
  /** The persons who are away, in the order in which they have left. */
  readonly #away = new Set<string>();
  /** Persons of whom the record does not say yet what is so. */
  readonly #unsaved = new Set<string>();
  #saving: Promise<void> = Promise.resolve();
  #nextSave: Promise<void> | undefined;

  private constructor(parts: NamesParts) {
    this.#parts = parts;
  }

  /** With the names that are on record. Rejects when it cannot be read. */
  static async load(parts: NamesParts): Promise<Names> {
    const names = new Names(parts);
    const nowMs = parts.clock.wallMs();
    // Accounts come last: an earlier name of theirs may be on record as well.
    const order = ({ untilMs }: HeldName): number => Math.min(untilMs, Number.MAX_VALUE);
    const all = (await parts.record.names()).toSorted((a, b) => order(a) - order(b));
    for (const { person, name, untilMs } of all) {
      const isForEver = untilMs === Infinity;
      const held = { person, name, keys: lookAlikeKeys(name), untilMs, isKept: true, isForEver };
      // The process ended while its owner was here.
      if (untilMs === 0) held.untilMs = nowMs + parts.nameHoldMs;
      names.#set(held);
      if (isForEver) names.#away.delete(person);
      else names.#away.add(person);
    }
    names.#prune();
    return names;
  }

  /** The name that a person has; empty for none. */
  of(person: string): string {
    return this.#valid(this.#byPerson.get(person))?.name ?? '';
  }

  /** Who has this name, or one that looks like it. */
  ownerOf(name: string): string | undefined {
    for (const key of lookAlikeKeys(name)) {
      const held = this.#valid(this.#byKey.get(key));
      if (held !== undefined) return held.person;
    }
    return undefined;
  }

  /**
   * Gives a person a name that nobody else has, in the place of its earlier one, for as long as
   * the person is here. Nobody can take it from now on. With `isKept` it settles when that is
   * on record, so that nobody can after a restart either; if it cannot be recorded now, it is
   * with the next name, or later, as people should be able to read while nothing can be stored.
   */
  async take(person: string, name: string, isKept: boolean): Promise<void> {
    const before = this.#valid(this.#byPerson.get(person));
    // It is free again when its owner leaves, so it is no harm if that is taken back.
    if (before?.name === name && (before.isKept || !isKept)) return;
    const keys = lookAlikeKeys(name);
    const held: Held = { person, name, keys, untilMs: Infinity, isKept, isForEver: false };
    if (before !== undefined) this.#delete(before);
    this.#set(held);
    if (!isKept) return;
    this.#unsaved.add(person);
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.clock.after(saveWaitMs, resolve);
      void this.#save()
        .catch(() => {})
        .then(() => {
          cancel();
          resolve();
        });
    });
  }

  /** A person has an account from now on, with the name that it has. */
  keepForEver(person: string): void {
    const held = this.#byPerson.get(person);
    if (held === undefined) return;
    held.isForEver = true;
    held.isKept = true;
    held.untilMs = Infinity;
    this.#away.delete(person);
    this.#unsaved.delete(person);
  }

  /** The person has got no account after all. */
  keepAsGuest(person: string): void {
    const held = this.#byPerson.get(person);
    if (held !== undefined) held.isForEver = false;
  }

  /** Whether a person has an account, and so a name that does not change. */
  isForEver(person: string): boolean {
    return this.#byPerson.get(person)?.isForEver === true;
  }

  /** A person is here, again perhaps. */
  came(person: string): void {
    const held = this.#byPerson.get(person);
    if (held === undefined || held.untilMs === Infinity) return;
    held.untilMs = Infinity;
    this.#away.delete(person);
    this.#saveLater(held);
  }

  /** All sessions of a person have ended. */
  left(person: string): void {
    const held = this.#byPerson.get(person);
    if (held === undefined || held.isForEver) return;
    const { clock, nameHoldMs } = this.#parts;
    if (!held.isKept || nameHoldMs === 0) {
      this.#delete(held);
    } else {
      held.untilMs = clock.wallMs() + nameHoldMs;
      this.#away.add(person);
    }
    this.#saveLater(held);
    this.#prune();
  }

  /** A person is gone, and will not come back. */
  release(person: string): void {
    const held = this.#byPerson.get(person);
    if (held?.isForEver === false) this.#forget(held);
  }

  #valid(held: Held | undefined): Held | undefined {
    if (held === undefined || held.untilMs > this.#parts.clock.wallMs()) return held;
    this.#forget(held);
    return undefined;
  }

  /** Lets go of names whose time is over, and of those that are too many. */
  #prune(): void {
    const nowMs = this.#parts.clock.wallMs();
    for (const person of this.#away) {
      const held = this.#byPerson.get(person)!;
      if (held.untilMs > nowMs && this.#away.size <= awayMax) return;
      this.#forget(held);
    }
  }

  #forget(held: Held): void {
    this.#delete(held);
    this.#saveLater(held);
  }

  #set(held: Held): void {
    this.#byPerson.set(held.person, held);
    for (const key of held.keys) this.#byKey.set(key, held);
  }

  #delete(held: Held): void {
    this.#away.delete(held.person);
    this.#byPerson.delete(held.person);
    for (const key of held.keys) if (this.#byKey.get(key) === held) this.#byKey.delete(key);
  }

  /** What fails is written with the next one. */
  #saveLater({ person, isKept }: Held): void {
    if (!isKept) return;
    this.#unsaved.add(person);
    this.#save().catch(() => {});
  }

  /** Settles when all that is unsaved now is on record: one write at a time, for all who wait. */
  async #save(): Promise<void> {
    this.#nextSave ??= this.#saving
      .catch(() => {})
      .then(() => {
        this.#nextSave = undefined;
        return (this.#saving = this.#write());
      });
    await this.#nextSave;
  }

  async #write(): Promise<void> {
    const persons = [...this.#unsaved];
    this.#unsaved.clear();
    for (let start = 0; start < persons.length; start += savedAtOnce) {
      const some = persons.slice(start, start + savedAtOnce);
      try {
        await this.#parts.record.saveNames(some.map((person) => this.#recordOf(person)));
      } catch (error) {
        for (const person of persons.slice(start)) this.#unsaved.add(person);
        throw error;
      }
    }
  }

  #recordOf(person: string): HeldName {
    const held = this.#byPerson.get(person);
    if (held?.isKept !== true || held.isForEver) return { person, name: '', untilMs: 0 };
    return { person, name: held.name, untilMs: held.untilMs === Infinity ? 0 : held.untilMs };
  }
}
