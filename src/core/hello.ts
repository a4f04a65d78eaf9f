import { ChatError } from '../protocol/errors.js';
import { protocolVersion, type SessionLimits } from '../protocol/limits.js';
import { ErrorCode, GoodbyeReason } from '../protocol/messages.js';
import { normalizedName } from '../protocol/names.js';
import { printable } from '../protocol/printable.js';
import { utf8Bytes } from '../protocol/utf8.js';
import { accountKey, checkAttempts, checkConfidence, factsOf, loginFailed } from './login-guard.js';
import type { Rules } from './rules.js';
import type { Admission } from './admission.js';
import { enabledOf } from './capabilities.js';
import { Heartbeat, type HeartbeatParts } from './heartbeat.js';
import type { EndedLogins } from './log-out.js';
import { logIn } from './log-in.js';
import { takeName } from './naming.js';
import type { People } from './people.js';
import type { Clock, Credential, Identity } from './ports.js';
import { applyName, type RenameParts } from './rename.js';
import { phases } from './phase.js';
import type { ControlOf, DeferredReply } from './request.js';
import { roleOf } from './rights.js';
import type { Session } from './session.js';

type Hello = ControlOf<'hello'>['hello'];

/** What is logged of Hello.client. */
const programCharsMax = 64;

/** What a hello needs. */
export interface HelloParts extends RenameParts, HeartbeatParts {
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly admission: Pick<Admission, 'failedLogins'>;
  readonly people: People<Session>;
  readonly rules: Rules;
  readonly endedLogins: EndedLogins;
  /** Program and version, as `welcome` says it. */
  readonly serverName: string;
}

/** Makes a session full, or says why not. */
export function runHello(
  parts: HelloParts,
  session: Session,
  { hello }: ControlOf<'hello'>,
  id: string,
): DeferredReply {
  session.program = printable(hello.client.slice(0, programCharsMax)).slice(0, programCharsMax);
  if (hello.version !== protocolVersion) throw new ChatError(ErrorCode.ERROR_CODE_BAD_VERSION);
  if (utf8Bytes(hello.device) > parts.limits.deviceBytesMax) {
    throw new ChatError(ErrorCode.ERROR_CODE_DEVICE_TOO_LONG);
  }
  const credential = given(parts, hello);
  if (credential !== undefined && parts.authenticator.isSecret(credential)) {
    checkConfidence(session);
  }
  if (credential?.kind === 'password') checkAttempts(parts, session, accountKey(credential.person));
  session.helloPlace = parts.people.place();
  return greeted(parts, session, hello, credential, id);
}

async function greeted(
  parts: HelloParts,
  session: Session,
  hello: Hello,
  credential: Credential | undefined,
  id: string,
): Promise<() => void> {
  const { people, names } = parts;
  const known = credential && (await identityOf(parts, session, hello.device, credential));
  const personId = known?.person ?? session.id;
  const name = await nameOf(parts, session, personId, known, hello.name);
  const device = hello.device || known?.login?.device || '';
  return () => {
    const isOver =
      known?.login === undefined
        ? names.isForEver(personId)
        : parts.endedLogins.has(known.login.id);
    if (isOver) {
      session.close(ErrorCode.ERROR_CODE_LOGGED_OUT, GoodbyeReason.GOODBYE_REASON_LOGGED_OUT);
    } else if (people.isOvertaken(personId, device, session)) {
      // One hello may take longer than another; the connection that came later is the one in use.
      session.close(ErrorCode.ERROR_CODE_REPLACED, GoodbyeReason.GOODBYE_REASON_REPLACED);
    } else if (session.isOpen) {
      welcome(parts, session, { ...known, person: personId, name }, { ...hello, device }, id);
    } else {
      // It has gone meanwhile.
      const person = people.get(personId);
      if (person !== undefined) applyName(parts, person, name, session);
      else if (known === undefined)
        names.release(personId); // nobody can come back to it
      else names.left(personId);
    }
  };
}

function welcome(
  parts: HelloParts,
  session: Session,
  identity: Identity,
  { device, capabilities }: Hello,
  id: string,
): void {
  const before = session.identify(identity, device);
  applyName(parts, session.person!, identity.name, session);
  session.phase = phases.full;
  session.heartbeat = new Heartbeat(session, parts);
  parts.timeouts.watch(session.heartbeat);
  if (identity.login !== undefined) logIn(session, identity.login.id);
  if (identity.name !== '') parts.observer.named?.(session);
  // It is a lost connection: what waits for it is nobody's any more.
  before?.memberships.leaveAll();
  before?.close(ErrorCode.ERROR_CODE_REPLACED, GoodbyeReason.GOODBYE_REASON_REPLACED);
  session.reply({
    id,
    control: {
      $case: 'welcome',
      welcome: {
        sessionId: session.id,
        name: session.name,
        token: identity.login?.token ?? parts.authenticator.issue(identity),
        capabilities: enabledOf(capabilities),
        limits: parts.limits,
        version: protocolVersion,
        server: parts.serverName,
        role: roleOf(session),
        loginId: session.login,
      },
    },
  });
}

/** The name that a session has once it is welcomed; empty for a guest's. */
async function nameOf(
  parts: HelloParts,
  { ordinal, person }: Session,
  personId: string,
  known: Identity | undefined,
  asked: string,
): Promise<string> {
  // That of an account does not change, and is the person's for ever.
  if (known?.login !== undefined && parts.names.of(personId) === known.name) return known.name;
  const given = known?.login === undefined ? asked : known.name;
  const wanted = given || parts.names.of(personId) || known?.name || person?.chosenName || '';
  if (wanted === '') return '';
  // Where guests do nothing but register, they keep no names from others.
  const isKept = parts.rules.takesGuests || known?.login !== undefined;
  return await takeName(parts, { person: personId, ordinal, isKept }, wanted);
}

function given({ names, limits }: HelloParts, hello: Hello): Credential | undefined {
  const { credential } = hello;
  switch (credential?.$case) {
    case undefined:
      return undefined;
    case 'token':
      return { kind: 'token', token: credential.token };
    case 'claim':
      return { kind: 'claim', claim: credential.claim };
    case 'jwt':
      return { kind: 'jwt', jwt: credential.jwt };
    case 'password': {
      // What is no name is not looked at any closer, which takes long for long ones.
      const name = normalizedName(hello.name, limits);
      const person = name === undefined ? undefined : names.ownerOf(name);
      return { kind: 'password', person, password: credential.password };
    }
  }
}

/** Whoever has to be asked does not answer, for instance. */
function unknowable(cause: unknown): never {
  if (cause instanceof ChatError) throw cause;
  const sentence = 'the server cannot check your identity at the moment';
  throw new ChatError(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE, sentence, { cause });
}

async function identityOf(
  parts: HelloParts,
  session: Session,
  device: string,
  credential: Credential,
): Promise<Identity> {
  const answer = await parts.authenticator
    .authenticate(credential, { ...factsOf(session), device })
    .catch(unknowable);
  if (answer.kind === 'known') {
    const { identity, ended = [] } = answer;
    parts.endedLogins.end(parts.people.get(identity.person), ended);
    return identity;
  }
  if (answer.kind === 'unsupported') {
    throw new ChatError(ErrorCode.ERROR_CODE_NOT_SUPPORTED, answer.sentence);
  }
  const tried = credential.kind === 'password' ? accountKey(credential.person) : '';
  throw loginFailed(parts, session, answer.sentence, tried);
}

/**
 * Names a session that need not become full, for as long as it stands. Whoever asked for a name
 * does not want to be a guest instead: without it the session ends.
 */
export function nameSession(parts: HelloParts, session: Session, wanted: string): DeferredReply {
  const { id: person, ordinal } = session;
  const taken = parts.rules.takesGuests
    ? takeName(parts, { person, ordinal, isKept: false }, wanted)
    : Promise.reject(new ChatError(ErrorCode.ERROR_CODE_LOGIN_REQUIRED));
  return taken.then(
    (name) => () => {
      if (!session.isOpen) {
        parts.names.release(person);
        return;
      }
      session.identify({ person, name }, '');
      parts.observer.named?.(session);
    },
    (error: ChatError) => () => session.closeWithError(error),
  );
}
