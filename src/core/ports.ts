/**
 * What the core needs of the world. It holds types only: the core itself opens no
 * socket, reads no clock and sets no timer, so a simulation can hand in its own.
 */

/** An open pipe to a peer, of whatever transport. */
export interface Connection {
  /** The transport's name, for logs: `tcp`. */
  readonly transport: string;
  /** The peer's address without its port; connections are counted by it. */
  readonly address: string;
  /** The peer's port, for logs. */
  readonly port: number;

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
  resume(): void;

  /**
   * Sends what waits and closes; what still arrives is dropped unread. The transport
   * calls `Session.closed` when that is done, and does not wait for the peer for ever.
   */
  end(): void;

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
  readonly transport: string;
  readonly address: string;
  readonly port: number;
}

/** One message in a room's log. */
export interface Entry {
  readonly seq: number;
  /** The sender's own id of it; empty when it gave none. */
  readonly id: string;
  readonly sender: string;
  readonly content: string;
  /** Milliseconds since 1970. */
  readonly sentAtMs: number;
}

/**
 * Whoever wants to know what happens. Each call is made in order, as it happens;
 * none may throw or block. Nothing is prepared for calls that are absent.
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
  /** A connection was turned away before it became a session. */
  connectionRefused?(connection: Connection, reason: string): void;
  /** A listener could not accept a connection, for want of files for instance. */
  acceptFailed?(transport: string, problem: string): void;
  /** Messages were added to a room's log; now its readers get them. */
  appended?(room: string, entries: readonly Entry[]): void;
  /** A text was returned to its sender. */
  echoed?(sender: string, content: string, sentAtMs: number): void;
}
