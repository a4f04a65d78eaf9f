import type { Control, ControlKind } from '../protocol/messages.js';

/** The control message of one kind. */
export type ControlOf<Kind extends ControlKind> = Extract<Control, { $case: Kind }>;

/**
 * What is left of a command that has to wait for something, a store for instance. The
 * session's next frame waits, too, until what it resolves with has been called. A
 * rejection refuses the frame; only `ChatError`s may be thrown.
 */
export type DeferredReply = Promise<() => void>;

/** What somebody asks about an account. */
export type AccountAction = NonNullable<ControlOf<'account'>['account']['action']>;

/** What somebody asks who runs the server. */
export type OperatorAction = NonNullable<ControlOf<'operator'>['operator']['action']>;
