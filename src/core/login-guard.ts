import { ChatError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/messages.js';
import type { Admission } from './admission.js';
import type { Clock, LoginFacts } from './ports.js';
import type { Session } from './session.js';

/** What keeps people from guessing. */
export interface GuardParts {
  readonly admission: Pick<Admission, 'failedLogins'>;
  readonly clock: Clock;
}

/** With what a session has come, for the list of log-ins. */
export function factsOf({ device, program, connection }: Session): LoginFacts {
  return { device, client: program, address: connection.address };
}

/** Throws where a secret that the session sends could be read by others. */
export function checkConfidence({ connection }: Session): void {
  if (!connection.isConfidential) throw new ChatError(ErrorCode.ERROR_CODE_NOT_CONFIDENTIAL);
}

/** Somebody has failed to prove who it is; `account` is whose password was tried. */
export function loginFailed(
  { admission, clock }: GuardParts,
  { connection }: Session,
  sentence: string,
  account = '',
): ChatError {
  const { failedLogins } = admission;
  const retryAfterMs = failedLogins.failed(connection.address, clock.monotonicMs(), account);
  return retryAfterMs === 0
    ? new ChatError(ErrorCode.ERROR_CODE_LOGIN_FAILED, sentence)
    : tooManyLogins(retryAfterMs);
}

/** Throws where so many passwords of an account were wrong that no other one is looked at now. */
export function checkAttempts(
  { admission, clock }: GuardParts,
  { connection }: Session,
  account: string,
): void {
  const { failedLogins } = admission;
  const retryAfterMs = failedLogins.waitMs(connection.address, clock.monotonicMs(), account);
  if (retryAfterMs > 0) throw tooManyLogins(retryAfterMs);
}

/** An account by its person, as failed logins are counted; all that there are not are one. */
export function accountKey(person = ''): string {
  return `password of ${person}`;
}

function tooManyLogins(retryAfterMs: number): ChatError {
  return new ChatError(ErrorCode.ERROR_CODE_TOO_MANY_LOGINS, undefined, { retryAfterMs });
}

/** Others cannot be asked at the moment. */
export function unavailable(cause: unknown): never {
  if (cause instanceof ChatError) throw cause;
  const sentence = 'the server cannot reach its accounts at the moment';
  throw new ChatError(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE, sentence, { cause });
}
