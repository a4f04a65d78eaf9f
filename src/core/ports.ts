/**
 * What the core needs of the world. It holds types only: the core itself opens no
 * socket, reads no clock and sets no timer, so a simulation can hand in its own.
 */

import type { AccountRecord, Entries, LoginRecord } from './storage-port.js';
import type { Encoding } from '../protocol/encodings.js';
import type { ErrorCode } from '../protocol/messages.js';

export type * from './storage-port.js';

/** An open pipe to a peer, of whatever transport. */
export interface Connection {
  /** The transport's name, for logs: `tcp`. */
  readonly transport: string;
  /** The peer's address without its port; connections are counted by it. */
  readonly address: string;
  /** The peer's port, for logs. */
  readonly port: number;
  /** Whether nobody else can read what the peer sends, as far as the server can know. */
  readonly isConfidential: boolean;
  /** Whether only those who run the server can connect like that. */
  readonly isOperator: boolean;
  /** How messages are written to it, in the beginning; see `Session.useEncoding`. */
  readonly encoding: Encoding;

  /** Whether it costs more than a socket, so that a peer that says nothing is not kept for ever. */
  readonly mustSpeak: boolean;

  /** Bytes that were written and that the operating system has not taken yet. */
  readonly bytesWaiting: number;

  /**
   * Sends bytes, in order and without blocking. They are shared with other
   * connections: nobody changes them, the transport included.
   *
   * Returns false when so much waits that the caller should look at
   * `bytesWaiting`; the transport then calls `Session.drained` once nothing waits.
   * What was written is sent in either case. Nothing happens after the end.
   */
  write(bytes: Uint8Array): boolean;

  /** Stops reading, so that the peer is slowed down; what arrives stays in the network. */
  pause(): void;
  /** Reads on; what was given to the session and not taken by it comes again first. */
  resume(): void;

  /**
   * Sends what waits and closes; what still arrives is dropped unread. The transport
   * calls `Session.closed` when that is done, and does not wait for the peer for ever.
   * `code` is why, if it is not because the peer has ended; transports with close codes of
   * their own translate it.
   */
  end(code?: ErrorCode): void;

  /** Closes at once; what waits is lost. `Session.closed` follows. */
  destroy(): void;
}

/** Time, of the machine or of a simulation. */
export interface Clock {
  /** Milliseconds since 1970, for what people see. */
  wallMs(): number;
  /** Milliseconds that only ever grow, for measuring durations. */
  monotonicMs(): number;
  /** Calls back once all that has arrived in this turn of the event loop has been read. */
  endOfTurn(callback: () => void): void;
  /** Calls back after that long; returns a function that prevents it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Who a session is, for logs. */
export interface SessionFacts {
  readonly id: string;
  readonly name: string;
  /** The client's program and version, where it said so. */
  readonly program: string;
  readonly connection: Pick<Connection, 'transport' | 'address' | 'port'>;
}

/** Who somebody is, beyond a connection. */
export interface Identity {
  /** Unlike anybody else's, for ever. */
  readonly person: string;
  /** The name that the person chose; empty for somebody who has chosen none. */
  readonly name: string;
  /** Of somebody who has an account: names the log-in, of which only its client has the token. */
  readonly login?: Pick<LoginRecord, 'id' | 'device'> & { readonly token: string };
}

/** How a client proves who it is. */
export type Credential =
  | { readonly kind: 'token'; readonly token: string }
  /** Proves to be who has come with the same claim before, or is somebody new. */
  | { readonly kind: 'claim'; readonly claim: string }
  /** A token of somebody else's log-in; see Hello.jwt in chat.proto. */
  | { readonly kind: 'jwt'; readonly jwt: string }
  /** `person` is who has the name; undefined for nobody, which must take the same time. */
  | {
      readonly kind: 'password';
      readonly person: string | undefined;
      readonly password: string;
    };

/** With what somebody comes, for the list of log-ins. */
export type LoginFacts = Pick<LoginRecord, 'device' | 'client' | 'address'>;

/** What a credential proves. The sentence says why it proves nothing. */
export type Authenticated =
  /** `ended` are log-ins of the same person that have ended for it. */
  | {
      readonly kind: 'known';
      readonly identity: Identity;
      readonly ended?: readonly string[];
    }
  | { readonly kind: 'refused'; readonly sentence: string }
  /** There are no such credentials here. */
  | { readonly kind: 'unsupported'; readonly sentence: string };

/** Knows who somebody is. It may take its time, and asks somebody else perhaps. */
export interface Authenticator {
  authenticate(credential: Credential, facts: LoginFacts): Promise<Authenticated>;
  /** Whether it must not be seen by others on its way. */
  isSecret(credential: Credential): boolean;
  /** A token that proves a guest's identity later, also after a restart if the record is kept. */
  issue(identity: Identity): string;
}

/** Gives accounts, and looks after their passwords and log-ins. Rejects with `ChatError`, too. */
export interface Accounts {
  /** Of a person, under the name that is the person's by now; undefined when there is one already. */
  register(
    identity: Identity,
    password: string,
    facts: LoginFacts,
  ): Promise<Required<Identity> | undefined>;
  /** Undefined when `before` is not the password. `ended` are the ids of all earlier log-ins. */
  changePassword(
    person: string,
    before: string,
    password: string,
    facts: LoginFacts,
  ): Promise<
    { readonly identity: Required<Identity>; readonly ended: readonly string[] } | undefined
  >;
  /** Without a log-in; false when the person has an account. */
  create(identity: Identity, password: string, address: string): Promise<boolean>;
  /** So many at most, from the first one after `after` on. */
  list(after: string, accountsMax: number): Promise<readonly AccountRecord[]>;
  /**
   * Gives an account another password, or, without one, removes it. Returns the ids of its log-ins,
   * which have ended; undefined where there is no account.
   */
  reset(
    person: string,
    password: string | undefined,
    address: string,
  ): Promise<readonly string[] | undefined>;
  logins(person: string): Promise<readonly LoginRecord[]>;
  /** See `AccountStore.endLogins`. */
  endLogins(
    person: string,
    which: { readonly id: string } | { readonly except: string },
  ): Promise<readonly string[]>;
}

/**
 * Whoever wants to know what happens. Each call is made in order, as it happens; none may
 * block. One that throws harms nobody: that is reported once, and the call is made again the
 * next time. Nothing is prepared for calls that are absent.
 */
export interface Observer {
  /** The pool grew from `sessionsBefore` to `sessionsAfter`. */
  sessionOpened?(session: SessionFacts, sessionsBefore: number, sessionsAfter: number): void;
  /** The pool shrank; `reason` is a sentence. */
  sessionClosed?(
    session: SessionFacts,
    reason: string,
    sessionsBefore: number,
    sessionsAfter: number,
  ): void;
  /** A session has a name, other than before. */
  named?(session: SessionFacts): void;
  /** A connection was turned away before it became a session. */
  connectionRefused?(connection: SessionFacts['connection'], reason: string): void;
  /** A listener could not accept a connection, for want of files for instance. */
  acceptFailed?(transport: string, problem: string): void;
  /** A peer was refused something, whether or not its session goes on. */
  refused?(code: ErrorCode): void;
  /** A request over HTTP was answered with this status, of 400 or above. */
  requestRefused?(status: number): void;
  /** The store took an append, after so long. */
  committed?(durationMs: number): void;
  /** So many messages were written to connections: each counts once per reader. */
  delivered?(messages: number): void;
  /** The store took nothing; said once, until it does again. */
  storeFailed?(problem: string): void;
  storeRecovered?(): void;
  /** A part of the store could not be read; said once, until all that was asked for can be. */
  readFailed?(problem: string): void;
  readRecovered?(): void;
  /** Messages turned out to be damaged; each of them is told once. */
  damageFound?(room: string, fromSeq: number, toSeq: number): void;
  /** Messages were added to a room's log; now its readers get them. */
  appended?(room: string, entries: Entries): void;
  /** Nobody is in the room any more, and nothing on its way to it. */
  roomClosed?(room: string): void;
  /** A text was returned to its sender. */
  echoed?(sender: string, content: string, sentAtMs: number): void;
}
