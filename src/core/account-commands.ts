import { ChatError } from '../protocol/errors.js';
import { ErrorCode, type AccountReply } from '../protocol/messages.js';
import {
  accountKey,
  checkAttempts,
  checkConfidence,
  factsOf,
  loginFailed,
  unavailable,
} from './login-guard.js';
import { endSessions, type EndedLogins } from './log-out.js';
import { logIn } from './log-in.js';
import { applyName, type RenameParts } from './rename.js';
import { takeName } from './naming.js';
import type { People } from './people.js';
import type { Accounts, Clock, Identity, LoginRecord } from './ports.js';
import type { Admission } from './admission.js';
import type { AccountAction, DeferredReply } from './request.js';
import type { Rules } from './rules.js';
import type { Session } from './session.js';

type ActionOf<Name extends AccountAction['$case']> = Extract<AccountAction, { $case: Name }>;

/** What accounts need. */
export interface AccountParts extends RenameParts {
  readonly accounts: Accounts;
  readonly people: People<Session>;
  readonly endedLogins: EndedLogins;
  readonly admission: Pick<Admission, 'failedLogins'>;
  readonly clock: Clock;
  readonly rules: Rules;
}

/** Gives the person of the session an account. */
export function runRegister(
  parts: AccountParts,
  session: Session,
  { register: { name, password } }: ActionOf<'register'>,
  id: string,
): DeferredReply {
  if (session.login !== '') throw notAllowed('there is an account already');
  if (!parts.rules.canRegister) throw notAllowed('this server lets nobody register');
  checkConfidence(session);
  // Each takes the server some time, so there are not many of one network.
  const retryAfterMs = parts.admission.failedLogins.failed(
    session.connection.address,
    parts.clock.monotonicMs(),
    'registration',
  );
  if (retryAfterMs > 0) {
    const sentence = 'too many accounts were made from your network; try again later';
    throw new ChatError(ErrorCode.ERROR_CODE_TOO_MANY_LOGINS, sentence, { retryAfterMs });
  }
  return registered(parts, session, name, password).then(
    (identity) => () => {
      const person = parts.people.get(identity.person);
      if (person !== undefined) applyName(parts, person, identity.name, session);
      loggedIn(session, identity, id);
      // They have come with what a guest has.
      endSessions(person, (other) => other !== session && other.login === '');
    },
    unavailable,
  );
}

async function registered(
  parts: AccountParts,
  session: Session,
  wanted: string,
  password: string,
): Promise<Required<Identity>> {
  const { names, accounts, rules } = parts;
  // Only full sessions get here, and those have one.
  const { id: person, chosenName } = session.person!;
  if (wanted === '' && chosenName === '') throw new ChatError(ErrorCode.ERROR_CODE_BAD_NAME);
  if (names.isForEver(person)) throw notAllowed('there is an account already');
  const claimant = { person, ordinal: session.ordinal, isKept: rules.takesGuests };
  const name = await takeName(parts, claimant, wanted || chosenName);
  // Nobody changes it meanwhile, on another device perhaps.
  names.keepForEver(person);
  try {
    const identity = await accounts.register({ person, name }, password, factsOf(session));
    if (identity === undefined) throw notAllowed('there is an account already');
    return identity;
  } catch (error) {
    names.keepAsGuest(person);
    if (chosenName === '') names.release(person);
    else if (chosenName !== name) await takeName(parts, claimant, chosenName).catch(() => {});
    throw error;
  }
}

/** Changes the password, and ends all log-ins but a new one. */
export function runChangePassword(
  parts: AccountParts,
  session: Session,
  { changePassword: { before, password } }: ActionOf<'changePassword'>,
  id: string,
): DeferredReply {
  checkConfidence(session);
  const { id: person } = session.person!;
  checkAttempts(parts, session, accountKey(person));
  return parts.accounts
    .changePassword(person, before, password, factsOf(session))
    .then((changed) => {
      if (changed === undefined) {
        throw loginFailed(parts, session, 'that is not the password', accountKey(person));
      }
      const { identity, ended } = changed;
      return () => {
        loggedIn(session, identity, id);
        parts.endedLogins.end(parts.people.get(person), ended);
        endSessions(parts.people.get(person), (other) => other !== session);
      };
    })
    .catch(unavailable);
}

/** Says where the account is logged in. */
export function runListLogins(
  { accounts }: AccountParts,
  session: Session,
  _action: ActionOf<'listLogins'>,
  id: string,
): DeferredReply {
  const person = session.person!;
  return accounts.logins(person.id).then(
    (logins) => () => {
      const here = new Set(Array.from(person.sessions.values(), ({ login }) => login));
      const loginList = { logins: logins.map((login) => shown(login, here.has(login.id))) };
      reply(session, id, { $case: 'loginList', loginList });
    },
    unavailable,
  );
}

/** Ends log-ins of the account, with their sessions. */
export function runEndLogin(
  { accounts, people, endedLogins }: AccountParts,
  session: Session,
  { endLogin: { loginId } }: ActionOf<'endLogin'>,
  id: string,
): DeferredReply {
  const { id: person } = session.person!;
  const which = loginId === '' ? { except: session.login } : { id: loginId };
  return accounts
    .endLogins(person, which)
    .catch(unavailable)
    .then((ended) => {
      if (ended.length === 0 && loginId !== '') throw notAllowed('there is no such log-in');
      return () => {
        reply(session, id, { $case: 'loginEnded', loginEnded: { count: ended.length } });
        endedLogins.end(people.get(person), ended);
      };
    });
}

function loggedIn(session: Session, { name, login }: Required<Identity>, id: string): void {
  if (!session.isOpen) return;
  logIn(session, login.id);
  const loggedIn = { name, token: login.token, loginId: login.id };
  reply(session, id, { $case: 'loggedIn', loggedIn });
}

function reply(session: Session, id: string, result: NonNullable<AccountReply['result']>): void {
  session.reply({ id, control: { $case: 'accountReply', accountReply: { result } } });
}

function shown(login: LoginRecord, isHere: boolean): Shown {
  const { id: loginId, device, client, address, beganAtMs, usedAtMs } = login;
  const times = { beganAt: new Date(beganAtMs), usedAt: new Date(usedAtMs) };
  return { loginId, device, client, address, ...times, isHere };
}

type Shown = Extract<
  NonNullable<AccountReply['result']>,
  { $case: 'loginList' }
>['loginList']['logins'][number];

function notAllowed(sentence: string): ChatError {
  return new ChatError(ErrorCode.ERROR_CODE_NOT_ALLOWED, sentence);
}
