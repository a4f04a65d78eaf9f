import { Role } from '../protocol/messages.js';

/**
 * What somebody may do in a room, as bits: they are looked at for every frame. A cursor has those
 * of its session; see `commandTable` for what needs which.
 */
export const rights = {
  /** Nothing that one has to be in the room for. */
  none: 0,
  /** To read its history, to know who is there, and to leave. */
  read: 1,
  /** To send messages, and to change one's own. */
  speak: 2,
  setTopic: 4,
} as const;

/** What somebody may do on the server, as bits; a session has those of its person. */
export const serverRights = {
  /** To say who one is, to register for instance, and that one is there. */
  enter: 1,
  /** To be in rooms, and to send messages. */
  chat: 2,
  /** What one needs an account for. */
  account: 4,
  /** What only those may who run the server. */
  operate: 8,
} as const;

/** Those of somebody with an account. */
export const userRights = serverRights.enter | serverRights.chat | serverRights.account;

/** Those of somebody who runs the server, and comes for that alone. */
export const operatorRights = serverRights.enter | serverRights.chat | serverRights.operate;

/** Whether who has these rights comes to chat, and not to run the server. */
export function isForChat(own: number): boolean {
  return (own & serverRights.chat) !== 0 && own !== operatorRights;
}

/** Those of somebody who has said nothing yet. */
export function rightsOnArrival(
  { isOperator }: { readonly isOperator: boolean },
  { takesGuests }: { readonly takesGuests: boolean },
): number {
  return isOperator ? operatorRights : guestRights(takesGuests);
}

/** Those of everybody else, on a server that takes guests, or not. */
function guestRights(takesGuests: boolean): number {
  return takesGuests ? serverRights.enter | serverRights.chat : serverRights.enter;
}

/** Those of everybody who is in a room. */
export const memberRights = rights.read | rights.speak | rights.setTopic;

/** What somebody is who has these rights on the server, with a log-in or an empty one. */
export function roleOf({
  rights: own,
  login,
}: {
  readonly rights: number;
  readonly login: string;
}): Role {
  if (own === operatorRights) return Role.ROLE_OPERATOR;
  return login === '' ? Role.ROLE_UNSPECIFIED : Role.ROLE_USER;
}
