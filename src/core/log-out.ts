import { ErrorCode, GoodbyeReason } from '../protocol/messages.js';
import type { Person } from './people.js';
import type { Session } from './session.js';

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
