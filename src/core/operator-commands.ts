import { ChatError } from '../protocol/errors.js';
import {
  ErrorCode,
  GoodbyeReason,
  type OperatorReply,
  type SessionInfo,
} from '../protocol/messages.js';
import { unavailable } from './login-guard.js';
import { takeName, type NamingParts } from './naming.js';
import { endSessions, type EndedLogins } from './log-out.js';
import type { People } from './people.js';
import type { Accounts } from './ports.js';
import type { DeferredReply, OperatorAction } from './request.js';
import { roleOf } from './rights.js';
import type { Session } from './session.js';

type ActionOf<Name extends OperatorAction['$case']> = Extract<OperatorAction, { $case: Name }>;

/** So many accounts or sessions are in a page: they fit in a frame. */
const pageMax = 100;

/** What those need who run the server. */
export interface OperatorParts extends NamingParts {
  readonly accounts: Accounts;
  readonly people: People<Session>;
  readonly endedLogins: EndedLogins;
  /** In the order in which they were opened. */
  readonly sessions: ReadonlySet<Session>;
}

export function runAddAccount(
  parts: OperatorParts,
  session: Session,
  { addAccount: { name, password } }: ActionOf<'addAccount'>,
  id: string,
): DeferredReply {
  return added(parts, session, name, password).then(
    () => () => reply(session, id, { $case: 'done', done: { sessionsEnded: 0 } }),
    unavailable,
  );
}

async function added(
  parts: OperatorParts,
  { id, ordinal, connection }: Session,
  wanted: string,
  password: string,
): Promise<void> {
  // Nobody has this id: that of a session is a number.
  const person = `account-${id}-${wanted}`;
  const name = await takeName(parts, { person, ordinal, isKept: false }, wanted);
  let isCreated = false;
  try {
    isCreated = await parts.accounts.create({ person, name }, password, connection.address);
  } finally {
    if (isCreated) parts.names.keepForEver(person);
    else parts.names.release(person);
  }
}

export function runListAccounts(
  { accounts, people }: OperatorParts,
  session: Session,
  { listAccounts: { after } }: ActionOf<'listAccounts'>,
  id: string,
): DeferredReply {
  return accounts.list(after, pageMax).then(
    (page) => () => {
      const shown = page.map(({ person, name, createdAtMs, passwordHash }) => ({
        name,
        createdAt: new Date(createdAtMs),
        isHere: people.get(person) !== undefined,
        isRemoved: passwordHash === '',
      }));
      const accountList = { accounts: shown, end: page.length < pageMax };
      reply(session, id, { $case: 'accountList', accountList });
    },
    unavailable,
  );
}

export function runSetPassword(
  parts: OperatorParts,
  session: Session,
  { setPassword: { name, password } }: ActionOf<'setPassword'>,
  id: string,
): DeferredReply {
  return reset(parts, session, name, password, id);
}

export function runRemoveAccount(
  parts: OperatorParts,
  session: Session,
  { removeAccount: { name } }: ActionOf<'removeAccount'>,
  id: string,
): DeferredReply {
  return reset(parts, session, name, undefined, id);
}

/** Another password, or none any more; all log-ins end. */
function reset(
  { accounts, names, people, endedLogins }: OperatorParts,
  session: Session,
  name: string,
  password: string | undefined,
  id: string,
): DeferredReply {
  const person = names.ownerOf(name);
  if (person === undefined) throw new ChatError(ErrorCode.ERROR_CODE_NO_SUCH_ACCOUNT);
  return accounts
    .reset(person, password, session.connection.address)
    .then((ended) => {
      if (ended === undefined) throw new ChatError(ErrorCode.ERROR_CODE_NO_SUCH_ACCOUNT);
      return () => {
        endedLogins.end(people.get(person), ended);
        const sessionsEnded = endSessions(people.get(person), () => true);
        reply(session, id, { $case: 'done', done: { sessionsEnded } });
      };
    })
    .catch(unavailable);
}

export function runListSessions(
  { sessions }: OperatorParts,
  session: Session,
  { listSessions: { after } }: ActionOf<'listSessions'>,
  id: string,
): void {
  const all = Array.from(sessions);
  const last = all.findIndex((one) => one.id === after);
  // One that has gone meanwhile has no next one.
  const start = after === '' ? 0 : last === -1 ? all.length : last + 1;
  const page = all.slice(start, start + pageMax);
  const sessionList = { sessions: page.map(shownSession), end: start + pageMax >= all.length };
  reply(session, id, { $case: 'sessionList', sessionList });
}

function shownSession(session: Session): SessionInfo {
  const { id: sessionId, name, program: client, connection } = session;
  const { address, transport } = connection;
  return { sessionId, name, role: roleOf(session), client, address, transport };
}

export function runEndSession(
  { sessions }: OperatorParts,
  session: Session,
  { endSession: { sessionId } }: ActionOf<'endSession'>,
  id: string,
): void {
  for (const one of sessions) {
    if (one.id !== sessionId) continue;
    reply(session, id, { $case: 'done', done: { sessionsEnded: 1 } });
    one.close(ErrorCode.ERROR_CODE_KICKED, GoodbyeReason.GOODBYE_REASON_KICKED);
    return;
  }
  throw new ChatError(ErrorCode.ERROR_CODE_NO_SUCH_SESSION);
}

function reply(session: Session, id: string, result: NonNullable<OperatorReply['result']>): void {
  session.reply({ id, control: { $case: 'operatorReply', operatorReply: { result } } });
}
