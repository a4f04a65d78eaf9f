import { ChatError } from '../protocol/errors.js';
import { protocolVersion, type SessionLimits } from '../protocol/limits.js';
import { ErrorCode, GoodbyeReason } from '../protocol/messages.js';
import { normalizedName } from '../protocol/names.js';
import { printable } from '../protocol/printable.js';
import type { Admission } from './admission.js';
import { looksLikeGuest, mixesScripts } from './look-alikes.js';
import type { Clock, Identity, Tokens } from './ports.js';
import type { ControlOf } from './request.js';
import type { Roster } from './roster.js';
import type { Session } from './session.js';

/** Said of a name like `\u0430lice`, which begins with a Cyrillic letter. */
const mixed = 'a name must not mix letters of different scripts, such as Latin and Cyrillic';

/** What is logged of Hello.client. */
const programCharsMax = 64;

/** What a hello needs. */
export interface HelloParts {
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly tokens: Tokens;
  readonly admission: Pick<Admission, 'failedLogins'>;
  readonly roster: Pick<Roster<Session>, 'holderOf' | 'freeNameLike'>;
  /** Program and version, as `welcome` says it. */
  readonly serverName: string;
}

/** Makes a session full, or says why not. */
export function runHello(
  parts: HelloParts,
  session: Session,
  { hello }: ControlOf<'hello'>,
  id: string,
): void {
  session.program = printable(hello.client.slice(0, programCharsMax)).slice(0, programCharsMax);
  if (hello.version !== protocolVersion) throw new ChatError(ErrorCode.ERROR_CODE_BAD_VERSION);
  const identity = identityIn(parts, session, hello.credential);
  const author = identity?.author ?? session.author;
  const wanted = hello.name === '' ? (identity?.name ?? session.chosenName) : hello.name;
  const name = wanted === '' ? '' : freeName(parts, session, wanted, author);

  const before = session.identify({ author, name });
  session.welcome();
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
        token: parts.tokens.issue({ author, name }),
        capabilities: [],
        limits: parts.limits,
        version: protocolVersion,
        server: parts.serverName,
      },
    },
  });
}

/** Names a session that need not become full. Throws `ChatError` if it cannot have the name. */
export function introduce(parts: HelloParts, session: Session, wanted: string): void {
  const { author } = session;
  session.identify({ author, name: freeName(parts, session, wanted, author) });
}

function identityIn(
  { tokens, clock, admission }: HelloParts,
  { connection }: Session,
  credential: ControlOf<'hello'>['hello']['credential'],
): Identity | undefined {
  switch (credential?.$case) {
    case undefined:
      return undefined;
    case 'password':
      throw new ChatError(
        ErrorCode.ERROR_CODE_NOT_SUPPORTED,
        'this server has no accounts: leave the password out',
      );
    case 'token': {
      const identity = tokens.identify(credential.token);
      if (identity !== undefined) return identity;
      const nowMs = clock.monotonicMs();
      const retryAfterMs = admission.failedLogins.failed(connection.address, nowMs);
      throw retryAfterMs === 0
        ? new ChatError(ErrorCode.ERROR_CODE_LOGIN_FAILED, 'this server has not issued that token')
        : new ChatError(ErrorCode.ERROR_CODE_TOO_MANY_LOGINS, undefined, { retryAfterMs });
    }
  }
}

/** The name in the form in which it is kept. Throws if this author cannot have it now. */
function freeName(
  { limits, roster }: HelloParts,
  session: Session,
  wanted: string,
  author: string,
): string {
  const name = normalizedName(wanted, limits);
  if (name === undefined || looksLikeGuest(name)) {
    throw new ChatError(ErrorCode.ERROR_CODE_BAD_NAME);
  }
  if (mixesScripts(name)) throw new ChatError(ErrorCode.ERROR_CODE_BAD_NAME, mixed);
  const isSelf = (one: Session): boolean => one === session || one.author === author;
  const holder = roster.holderOf(name, isSelf);
  if (holder !== undefined) {
    const suggestion = roster.freeNameLike(name, holder.number);
    const sentence = `somebody is called ${holder.name} already`;
    throw new ChatError(ErrorCode.ERROR_CODE_NAME_IN_USE, sentence, { suggestion });
  }
  return name;
}
