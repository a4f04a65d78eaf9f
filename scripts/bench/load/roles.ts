// What a load process is told, and what it answers: the messages between it and
// the orchestrator, sent over the IPC channel of Node's child processes.
import type { DialectName } from '../dialects.js';

/** When a publisher sends. */
export type Pace =
  /** Whenever fewer than `size` of its own broadcasts have yet to come back. */
  | { readonly kind: 'window'; readonly size: number }
  /** Evenly, whatever comes back. */
  | { readonly kind: 'rate'; readonly perSecond: number };

export type Role =
  /** Connections that broadcast, and one more that checks all that arrives. */
  | { readonly kind: 'publish'; readonly publishers: number; readonly pace: Pace }
  /** Connections that count what arrives, or also take its latency. */
  | { readonly kind: 'receive'; readonly connections: number; readonly latency: boolean }
  /** Connections that keep `depth` echoes on their way; the first one checks them. */
  | { readonly kind: 'echo'; readonly connections: number; readonly depth: number }
  | { readonly kind: 'idle'; readonly connections: number };

/** The one argument of a load process, as JSON. */
export interface Job {
  readonly port: number;
  readonly dialect: DialectName;
  readonly role: Role;
}

/** From the orchestrator, in this order; `mark` as often as it likes. */
export type Command =
  | { readonly kind: 'go' }
  | { readonly kind: 'mark' }
  /** Send no more, and wait until everything that was sent has come back. */
  | { readonly kind: 'stop' }
  /** Wait until every connection has got that many frames: no more, no less. */
  | { readonly kind: 'check'; readonly sent: number };

export interface Latency {
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Where a load process stands at a mark. */
export interface Mark {
  /** All frames that arrived since `go`. */
  readonly frames: number;
  readonly atUs: number;
  readonly cpuUs: number;
  /** Of the deliveries since the mark before. */
  readonly latency?: Latency;
}

/** From a load process. The first two come unasked, each of the others answers a command. */
export type Answer =
  | { readonly kind: 'connected' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'mark'; readonly mark: Mark }
  | { readonly kind: 'stop'; readonly sent: number }
  | { readonly kind: 'check' }
  | { readonly kind: 'failed'; readonly reason: string };

/** What each role implements. Methods throw, or reject, where something is lost or wrong. */
export interface Player {
  /** Settles when each connection is made. */
  readonly connected: Promise<void>;
  /** Settles when the server counts each connection in. */
  readonly ready: Promise<void>;
  go(): void;
  /** Frames that have arrived since `go`, on all connections. */
  frames(): number;
  /** Latency since the last call, where the role takes it. */
  latency?(): Latency;
  /** Resolves to the number of messages sent. */
  stop(): Promise<number>;
  check(sent: number): Promise<void>;
}
