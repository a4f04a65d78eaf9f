import { ErrorCode, GoodbyeReason } from '../protocol/messages.js';
import type { Person } from './people.js';
import type { Session } from './session.js';

/** So many are remembered: more than can end while a hello is on its way. */
const rememberedMax = 10_000;

/**
 * The log-ins that have ended last. A hello with one of them may be on its way: it was good when it was
 * looked at, and is not when it is answered.
 */
export class EndedLogins {
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** These have ended: so do those sessions of the person that belong to them. Returns how many. */
  end(person: Person<Session> | undefined, ids: readonly string[]): number {
    for (const id of ids) this.#ids.add(id);
    for (const id of this.#ids) {
      if (this.#ids.size <= rememberedMax) break;
      this.#ids.delete(id);
    }
    return endSessions(person, ({ login }) => ids.includes(login));
  }
}

/** Ends those sessions of a person whose log-in is over; returns how many. */
export function endSessions(
  person: Person<Session> | undefined,
  isOver: (session: Session) => boolean,
): number {
  const over = Array.from(person?.sessions.values() ?? []).filter(isOver);
  for (const session of over) {
    session.close(ErrorCode.ERROR_CODE_LOGGED_OUT, GoodbyeReason.GOODBYE_REASON_LOGGED_OUT);
  }
  return over.length;
}
