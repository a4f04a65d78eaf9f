// What is measured. One row is one workload; a new one is one more row here, and
// one more `kind` only if the load has to do something that it cannot do yet.
//
// In the fan-out workloads every connection receives every broadcast, also those
// that publish: "1,000 receivers, 10 publishers" are 1,000 connections, of which
// 10 publish, one checks each byte that arrives, and 989 count bytes.
import type { Role } from './load/roles.js';

/** The servers that can be measured. */
export type ContestantName = 'tcp-chat' | 'plain' | 'nats' | 'ws-loop';

/** What a measurement yields; not every workload yields every one. */
export type Metric =
  /** Frames that arrived at clients, per second. */
  | 'rate'
  /** Microseconds of the server's CPU (user and system, all threads) per arrived frame. */
  | 'cpuUs'
  /** Microseconds from a message's sending to its arrival: the median of all deliveries. */
  | 'p50Us'
  /** As above: 99 of 100 deliveries were at most this late. */
  | 'p99Us'
  /** Bytes of resident memory in the server per connection. */
  | 'memoryBytes'
  /** How busy the server was: 1 is one core all of the time. */
  | 'serverCore'
  /** The same for the processes that make the load; together they share one core. */
  | 'loadCore'
  /** How busy others kept these two cores; what was measured is as doubtful as this is high. */
  | 'othersCore';

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
}

/** Connections that do nothing, and what they cost. */
export interface Idle extends Common {
  readonly kind: 'idle';
  readonly connections: number;
}

export type Workload = Traffic | Idle;

const everyone: readonly ContestantName[] = ['tcp-chat', 'nats', 'ws-loop', 'plain'];
const noWebSocket: readonly ContestantName[] = ['tcp-chat', 'nats', 'plain'];

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
  fanOut(
    'fan-out-1000-w16',
    'fan-out saturated, 1,000 receivers, 10 publishers, window 16',
    1000,
    10,
    16,
  ),
  fanOut(
    'fan-out-100-w16',
    'fan-out saturated, 100 receivers, 10 publishers, window 16',
    100,
    10,
    16,
  ),
  fanOut(
    'fan-out-1000-w1',
    'fan-out saturated, 1,000 receivers, 10 publishers, window 1',
    1000,
    10,
    1,
  ),
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
];
