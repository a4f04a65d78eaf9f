import { ChatError } from '../protocol/errors.js';
import type { ErrorReply } from '../protocol/messages.js';

/**
 * What went wrong with a connection.
 * - `unreachable`: nobody listens at that address, or it cannot be reached.
 * - `refused`: the server turned the connection away, for having too many perhaps.
 * - `timedOut`: the server did not answer in time.
 * - `lost`: the connection was cut; what was not confirmed may or may not have arrived.
 * - `replaced`: the same device of the same person has connected again; this client
 *   does not come back by itself, as the two would take turns for ever.
 * - `loggedOut`: the log-in that this client belongs to was ended, on another device perhaps.
 * - `kicked`: somebody who runs the server has closed the session.
 * - `closed`: this side has closed the client.
 */
export type ConnectionErrorKind =
  'unreachable' | 'refused' | 'timedOut' | 'lost' | 'replaced' | 'loggedOut' | 'kicked' | 'closed';

/** A failure of the connection. What the server refuses is a `ChatError` instead. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly kind: ConnectionErrorKind;

  constructor(kind: ConnectionErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** The error for a program that a refusal on the wire is. */
export function chatErrorOf({ code, message, suggestion, retryAfterMs }: ErrorReply): ChatError {
  return new ChatError(code, message, { suggestion, retryAfterMs });
}

/** What everything is told that waits for a client which was closed. */
export function closedError(): ConnectionError {
  return new ConnectionError('closed', 'this client was closed');
}
