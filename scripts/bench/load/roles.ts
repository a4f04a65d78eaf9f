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
  | {
      readonly kind: 'publish';
      readonly publishers: number;
      readonly pace: Pace;
      /** Whether messages carry their time also when the pace is a window. */
      readonly stamped?: boolean;
    }
  /** Connections that count what arrives, or also take its latency: of each, or of some. */
  | {
      readonly kind: 'receive';
      readonly connections: number;
      readonly latency: boolean | { readonly ofEvery: number };
    }
  /** Connections that keep `depth` echoes on their way; the first one checks them. */
  | { readonly kind: 'echo'; readonly connections: number; readonly depth: number }
  | { readonly kind: 'idle'; readonly connections: number }

  // From here on, full sessions: they check that what they get has no gap.

  /** Sessions that broadcast under ids and keep `window` messages of theirs without an ack. */
  | { readonly kind: 'acked'; readonly publishers: number; readonly window: number }
  /** Sessions that count; the first one also checks. */
  | { readonly kind: 'listen'; readonly connections: number }
  /** One that reads, or not, as it is told. */
  | { readonly kind: 'stall' }
  /** One that takes so much and no more. */
  | { readonly kind: 'trickle'; readonly bytesPerSecond: number }
  /** Sessions in a room that are lost and come back. */
  | { readonly kind: 'resume'; readonly room: string; readonly connections: number }
  /** One that broadcasts to them, and comes back, too. */
  | { readonly kind: 'resume-publish'; readonly room: string; readonly perSecond: number }
  /** One that pages through a room of so many messages, from an end or from the middle. */
  | {
      readonly kind: 'fetch';
      readonly room: string;
      readonly rows: number;
      readonly from: PageFrom;
      readonly pageRows: number;
    }
  /** A connection that asks for an echo now and then, and takes how long that took. */
  | { readonly kind: 'probe'; readonly perSecond: number }
  /** No connection at all: the store by itself, in a database at this path. */
  | { readonly kind: 'append'; readonly path: string; readonly rowsPerAppend: number };

/** Where paging begins: at the newest message and backwards, at the oldest, in between. */
export type PageFrom = 'newest' | 'middle' | 'oldest';

/** Something that only some roles do, while they play. */
export type Act =
  /** Send so many per second from now on, or none; settles when all before has come back. */
  | { readonly kind: 'pace'; readonly perSecond: number }
  /** Read nothing more. */
  | { readonly kind: 'stall' }
  /** Read on; settles when the message with this number is there. */
  | { readonly kind: 'read'; readonly untilSeq: number }
  /** The connection may be lost from now on. */
  | { readonly kind: 'lose' }
  /** Connect again; settles when all that was missed is there. */
  | { readonly kind: 'reconnect' }
  /** Send so many at once; settles when they are acked. */
  | { readonly kind: 'burst'; readonly messages: number }
  /** Say how it goes. */
  | { readonly kind: 'status' };

/** What came of an act, in numbers. */
export type ActResult = Readonly<Record<string, number>>;

/** The one argument of a load process, as JSON. */
export interface Job {
  readonly port: number;
  readonly dialect: DialectName;
  readonly role: Role;
  /** The program that counts for those who only receive; without it they count in Node. */
  readonly sink: string | undefined;
}

/** From the orchestrator, in this order; `mark` as often as it likes. */
export type Command =
  | { readonly kind: 'go' }
  | { readonly kind: 'mark' }
  /** Send no more, and wait until everything that was sent has come back. */
  | { readonly kind: 'stop' }
  /** Wait until every connection has got that many frames: no more, no less. */
  | { readonly kind: 'check'; readonly sent: number }
  | { readonly kind: 'act'; readonly act: Act };

export interface Latency {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs?: number;
}

/** Where a load process stands at a mark. */
export interface Mark {
  /** All frames that arrived since `go`. */
  readonly frames: number;
  readonly atUs: number;
  readonly cpuUs: number;
  /** What the role counts beside frames since `go`: acks, pages. */
  readonly done?: number;
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
  | { readonly kind: 'act'; readonly result: ActResult }
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
  /** See `Mark.done`. */
  done?(): number;
  /** What processes of its own have used so far. */
  cpuUs?(): number;
  /** Settles with what came of it; only roles that are told to do such things have it. */
  act?(act: Act): Promise<ActResult>;
  /** Resolves to the number of messages sent. */
  stop(): Promise<number>;
  check(sent: number): Promise<void>;
}
