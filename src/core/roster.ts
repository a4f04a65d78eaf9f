import type { SessionLimits } from '../protocol/limits.js';
import { lookAlikeKeys, looksLikeGuest } from './look-alikes.js';

/** Each candidate for a free name costs a look, and there may be many with such a name. */
const nearbyMax = 20;

/** Somebody with a name. */
export interface Named {
  /** Whose the ids of its messages are. */
  readonly author: string;
  /** Empty if it chose none. */
  readonly chosenName: string;
}

/**
 * Who is called what, among the sessions of this process. A sender has one name, and
 * one session: that of its newest connection.
 */
export class Roster<Holder extends Named> {
  readonly #limits: Pick<SessionLimits, 'nameCharsMax'>;
  /** By each key of its name: nobody else's name has one of them. */
  readonly #byName = new Map<string, Holder>();
  readonly #byAuthor = new Map<string, Holder>();

  constructor(limits: Pick<SessionLimits, 'nameCharsMax'>) {
    this.#limits = limits;
  }

  /** Whose name is the same as this one or looks like it; `isSelf` says who does not count. */
  holderOf(name: string, isSelf: (holder: Holder) => boolean): Holder | undefined {
    for (const key of lookAlikeKeys(name)) {
      const holder = this.#byName.get(key);
      if (holder !== undefined && !isSelf(holder)) return holder;
    }
    return undefined;
  }

  /** Enters a full session, and returns the one of the same sender that it takes the place of. */
  enter(session: Holder): Holder | undefined {
    const before = this.#byAuthor.get(session.author);
    this.#byAuthor.set(session.author, session);
    for (const key of keysOf(session)) this.#byName.set(key, session);
    return before;
  }

  leave(session: Holder): void {
    if (this.#byAuthor.get(session.author) === session) this.#byAuthor.delete(session.author);
    for (const key of keysOf(session)) {
      if (this.#byName.get(key) === session) this.#byName.delete(key);
    }
  }

  /**
   * `alice2`, or whatever number is free; cut so that it stays a name. When the first
   * few are taken, `unlikely` is where the search goes on.
   */
  freeNameLike(name: string, unlikely: number): string {
    const characters = Array.from(name.replace(/\d+$/, '') || name);
    for (let number = 2; ; number = number === nearbyMax ? unlikely + nearbyMax : number + 1) {
      const suffix = String(number);
      const base = characters.slice(0, this.#limits.nameCharsMax - suffix.length).join('');
      const candidate = base + suffix;
      const isFree = this.holderOf(candidate, () => false) === undefined;
      if (isFree && !looksLikeGuest(candidate)) return candidate;
    }
  }
}

function keysOf({ chosenName }: Named): readonly string[] {
  return chosenName === '' ? [] : lookAlikeKeys(chosenName);
}
