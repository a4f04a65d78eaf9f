import { ChatError } from '../protocol/errors.js';
import { protocolVersion, type SessionLimits } from '../protocol/limits.js';
import { ErrorCode, GoodbyeReason } from '../protocol/messages.js';
import { printable } from '../protocol/printable.js';
import { utf8Bytes } from '../protocol/utf8.js';
import type { Admission } from './admission.js';
import { enabledOf } from './capabilities.js';
import { takeName } from './naming.js';
import type { People } from './people.js';
import type { Authenticator, Clock, Credential, Identity } from './ports.js';
import { applyName, type RenameParts } from './rename.js';
import type { ControlOf, DeferredReply } from './request.js';
import type { Session } from './session.js';

type Hello = ControlOf<'hello'>['hello'];

/** What is logged of Hello.client. */
const programCharsMax = 64;

/** What a hello needs. */
export interface HelloParts extends RenameParts {
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
  readonly admission: Pick<Admission, 'failedLogins'>;
  readonly people: People<Session>;
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
  session.helloPlace = parts.people.place();
  return greeted(parts, session, hello, id);
}

async function greeted(
  parts: HelloParts,
  session: Session,
  hello: Hello,
  id: string,
): Promise<() => void> {
  const { names, people } = parts;
  const known = await identityIn(parts, session, hello);
  const personId = known?.person ?? session.id;
  const hadName = names.of(personId) || known?.name || session.person?.chosenName;
  const wanted = hello.name || hadName || '';
  const claimant = { person: personId, ordinal: session.ordinal, isKept: true };
  const name = wanted === '' ? '' : await takeName(parts, claimant, wanted);
  return () => {
    if (people.isOvertaken(personId, hello.device, session)) {
      // One hello may take longer than another; the connection that came later is the one in use.
      session.close(ErrorCode.ERROR_CODE_REPLACED, GoodbyeReason.GOODBYE_REASON_REPLACED);
    } else if (session.isOpen) {
      welcome(parts, session, { person: personId, name }, hello, id);
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
  session.welcome();
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
        token: parts.authenticator.issue(identity),
        capabilities: enabledOf(capabilities),
        limits: parts.limits,
        version: protocolVersion,
        server: parts.serverName,
      },
    },
  });
}

function given(name: string, credential: NonNullable<Hello['credential']>): Credential {
  switch (credential.$case) {
    case 'token':
      return { kind: 'token', token: credential.token };
    case 'claim':
      return { kind: 'claim', claim: credential.claim };
    case 'password':
      return { kind: 'password', name, password: credential.password };
  }
}

/** Whoever has to be asked does not answer, for instance. */
function unknowable(cause: unknown): never {
  const sentence = 'the server cannot check your identity at the moment';
  throw new ChatError(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE, sentence, { cause });
}

async function identityIn(
  { authenticator, clock, admission }: HelloParts,
  { connection }: Session,
  { name, credential }: Hello,
): Promise<Identity | undefined> {
  if (credential === undefined) return undefined;
  const answer = await authenticator.authenticate(given(name, credential)).catch(unknowable);
  if (answer.kind === 'known') return answer.identity;
  if (answer.kind === 'unsupported') {
    throw new ChatError(ErrorCode.ERROR_CODE_NOT_SUPPORTED, answer.sentence);
  }
  const retryAfterMs = admission.failedLogins.failed(connection.address, clock.monotonicMs());
  throw retryAfterMs === 0
    ? new ChatError(ErrorCode.ERROR_CODE_LOGIN_FAILED, answer.sentence)
    : new ChatError(ErrorCode.ERROR_CODE_TOO_MANY_LOGINS, undefined, { retryAfterMs });
}

/**
 * Names a session that need not become full, for as long as it stands. Whoever asked for a name
 * does not want to be a guest instead: without it the session ends.
 */
export function nameSession(parts: HelloParts, session: Session, wanted: string): DeferredReply {
  const { id: person, ordinal } = session;
  return takeName(parts, { person, ordinal, isKept: false }, wanted).then(
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
