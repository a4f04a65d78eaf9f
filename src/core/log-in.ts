import { serverRights, userRights } from './rights.js';
import type { Session } from './session.js';

/** A session belongs to a log-in of an account from now on. */
export function logIn(session: Session, login: string): void {
  session.login = login;
  if (session.rights === userRights) return;
  // Who may not be there as a guest is, from now on, like everybody.
  if ((session.rights & serverRights.chat) === 0) session.memberships.enterLobby();
  session.rights = userRights;
}
