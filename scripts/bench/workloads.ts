// What is measured. One row is one workload; a new one is one more row here, and
// one more `kind` only if the load has to do something that it cannot do yet.
//
// In the fan-out workloads every connection receives every broadcast, also those
// that publish: "1,000 receivers, 10 publishers" are 1,000 connections, of which
// 10 publish, one checks each byte that arrives, and 989 count bytes.
//
// The sessions of `acked` and of all after it are full ones, but for those that only
// make a room busy. Each checks the numbers of the messages that it gets; of the 90 that
// only read in `acked`, one does, and the others count frames.
import type { PageFrom, Role } from './load/roles.js';
import type { Metric } from './metrics.js';

/** The servers that can be measured. */
export type ContestantName =
  | 'tcp-chat'
  | 'tcp-chat sqlite'
  | 'tcp-chat binary'
  | 'tcp-chat json'
  | 'tcp-chat text'
  | 'tcp-chat tls'
  | 'tcp-chat binary tls'
  | 'store alone'
  | 'plain'
  | 'nats'
  | 'nats tls'
  | 'redis'
  | 'least C'
  | 'least Node'
  | 'ws-loop';

interface Common {
  /** Stable, for `--json` and the targets. */
  readonly id: string;
  /** For people; `--only` matches it. */
  readonly title: string;
  readonly contestants: readonly ContestantName[];
  /** The metric to compare first, and to draw. */
  readonly headline: Metric;
}

/** The clients send and receive for a while, and that is watched from outside. */
export interface Traffic extends Common {
  readonly kind: 'traffic';
  /** How many times `--seconds` it is watched. */
  readonly windows: number;
  /** One process per role; the first is connected before the second. */
  readonly roles: readonly Role[];
  /** What the server may use; one core if this says nothing. */
  readonly serverCore?: 'both';
}

/** Connections that do nothing, and what they cost. */
export interface Idle extends Common {
  readonly kind: 'idle';
  readonly connections: number;
}

/** One of many readers stops reading, and goes on later. */
export interface Stall extends Common {
  readonly kind: 'stall';
  readonly publishers: number;
  readonly receivers: number;
  /** The part of what is reached with a window of 16 that is then sent evenly. */
  readonly load: number;
}

/** One reader of a busy room that takes little. */
export interface Trickle extends Common {
  readonly kind: 'trickle';
  readonly bytesPerSecond: number;
  readonly receivers: number;
  readonly perSecond: number;
}

/** Sessions whose server is killed, and that come back all at once. */
export interface Resume extends Common {
  readonly kind: 'resume';
  readonly sessions: number;
  readonly perSecond: number;
  /** Messages that are sent before they are back. */
  readonly missed: number;
}

/** Pages of a long room's history. */
export interface History extends Common {
  readonly kind: 'history';
  readonly rows: number;
  readonly pageRows: number;
  readonly from: PageFrom;
}

export type Workload = Traffic | Idle | Stall | Trickle | Resume | History;

/** Those that take minutes, and say yes or no, are measured in the first round only. */
export function isOnce({ kind }: Workload): boolean {
  return kind === 'trickle';
}

const everyone: readonly ContestantName[] = ['tcp-chat', 'nats', 'redis', 'ws-loop', 'plain'];
const noWebSocket: readonly ContestantName[] = ['tcp-chat', 'nats', 'plain'];
const overWebSocket: readonly ContestantName[] = [
  'tcp-chat binary',
  'tcp-chat json',
  'tcp-chat text',
];

const overTls: readonly ContestantName[] = ['tcp-chat tls', 'tcp-chat binary tls', 'nats tls'];

/** Connections of a fan-out that only receive: not the publishers, not the verifier. */
function listeners(receivers: number, publishers: number): number {
  return receivers - publishers - 1;
}

function fanOut(
  id: string,
  title: string,
  receivers: number,
  publishers: number,
  window: number,
): Traffic {
  return {
    kind: 'traffic',
    id,
    title,
    contestants: everyone,
    headline: publishers === 1 ? 'cpuUs' : 'rate',
    windows: 1,
    roles: [
      { kind: 'publish', publishers, pace: { kind: 'window', size: window } },
      { kind: 'receive', connections: listeners(receivers, publishers), latency: false },
    ],
  };
}

/** Full sessions, of which 10 publish with ids; all receive each broadcast, as above. */
function acked(id: string, title: string, serverCore?: 'both'): Traffic {
  return {
    kind: 'traffic',
    id,
    title,
    contestants: ['tcp-chat sqlite', 'tcp-chat', 'store alone'],
    headline: 'ackRate',
    windows: 1,
    roles: [
      { kind: 'acked', publishers: 10, window: 64 },
      { kind: 'listen', connections: 90 },
    ],
    ...(serverCore && { serverCore }),
  };
}

function history(from: PageFrom, where: string): History {
  return {
    kind: 'history',
    id: `history-${from}`,
    title: `history, 1,000,000 messages, pages of 500 ${where}`,
    contestants: ['tcp-chat sqlite'],
    headline: 'pageCpuUs',
    rows: 1_000_000,
    pageRows: 500,
    from,
  };
}

function echo(depth: number): Traffic {
  return {
    kind: 'traffic',
    id: `echo-${depth}`,
    title: `echo, 100 connections, depth ${depth}`,
    contestants: noWebSocket,
    headline: 'rate',
    windows: 1,
    roles: [{ kind: 'echo', connections: 100, depth }],
  };
}

export const workloads: readonly Workload[] = [
  {
    ...fanOut(
      'fan-out-1000-w16',
      'fan-out saturated, 1,000 receivers, 10 publishers, window 16',
      1000,
      10,
      16,
    ),
    contestants: [...everyone, 'tcp-chat sqlite', ...overWebSocket],
  },
  {
    ...fanOut(
      'fan-out-1000-tls',
      'fan-out saturated over TLS, 1,000 receivers, 10 publishers, window 16',
      1000,
      10,
      16,
    ),
    contestants: overTls,
  },
  {
    ...fanOut(
      'fan-out-100-w16',
      'fan-out saturated, 100 receivers, 10 publishers, window 16',
      100,
      10,
      16,
    ),
    contestants: ['least C', 'least Node', 'tcp-chat sqlite', ...everyone],
  },
  {
    ...fanOut(
      'fan-out-1000-w1',
      'fan-out saturated, 1,000 receivers, 10 publishers, window 1',
      1000,
      10,
      1,
    ),
    contestants: [...everyone, ...overWebSocket],
  },
  fanOut('fan-out-100-w1', 'fan-out saturated, 100 receivers, 10 publishers, window 1', 100, 10, 1),
  fanOut('one-at-a-time', 'fan-out one at a time, 100 receivers, 1 publisher, window 1', 100, 1, 1),
  {
    kind: 'traffic',
    id: 'latency',
    title: 'fan-out latency, 1,000 receivers, 50 messages/s',
    contestants: everyone,
    headline: 'p99Us',
    windows: 2, // a percentile needs more messages than an average
    roles: [
      { kind: 'publish', publishers: 1, pace: { kind: 'rate', perSecond: 50 } },
      { kind: 'receive', connections: listeners(1000, 1), latency: true },
    ],
  },
  echo(8),
  echo(1),
  {
    kind: 'idle',
    id: 'idle',
    title: 'idle, 10,000 connections',
    contestants: noWebSocket,
    headline: 'memoryBytes',
    connections: 10_000,
  },
  acked('acked', 'acked, 10 publishers, window 64, 100 readers'),
  acked('acked-both', 'acked, 10 publishers, window 64, 100 readers, both cores', 'both'),
  {
    kind: 'stall',
    id: 'stalled',
    title: 'one of 1,000 readers stalled, 70% of saturation',
    contestants: ['tcp-chat sqlite'],
    headline: 'p99Share',
    publishers: 10,
    receivers: 1000,
    load: 0.7,
  },
  {
    kind: 'trickle',
    id: 'slow',
    title: 'one of 100 readers at 10 KiB/s, 2,000 messages/s',
    contestants: ['tcp-chat sqlite'],
    headline: 'heldShare',
    bytesPerSecond: 10 * 1024,
    receivers: 100,
    perSecond: 2000,
  },
  {
    kind: 'resume',
    id: 'resume',
    title: 'resume after a kill, 10,000 sessions at once',
    contestants: ['tcp-chat sqlite'],
    headline: 'catchUpMs',
    sessions: 10_000,
    perSecond: 5,
    missed: 100,
  },
  history('newest', 'from the newest'),
  history('middle', 'from the middle'),
  history('oldest', 'from the oldest'),
];
