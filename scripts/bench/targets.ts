// What the server has promised itself, as data. Each row compares medians of the same run:
// of two contestants, or of two workloads, or one with a fixed value.
import type { Metric } from './metrics.js';
import type { ContestantName } from './workloads.js';

/** Whose value in which workload. */
export interface Side {
  readonly workload: string;
  readonly contestant: ContestantName;
}

export interface Target {
  readonly own: Side;
  readonly metric: Metric;
  readonly bound: 'at least' | 'at most';
  /** Of the other one's value; without another one, the value itself. */
  readonly factor: number;
  readonly against?: Side;
}

function target(
  workload: string,
  metric: Metric,
  bound: Target['bound'],
  factor: number,
  against: ContestantName,
  own: ContestantName = 'tcp-chat',
): Target {
  const other = { workload, contestant: against };
  return { own: { workload, contestant: own }, metric, bound, factor, against: other };
}

function absolute(workload: string, metric: Metric, bound: Target['bound'], value: number): Target {
  const own = { workload, contestant: 'tcp-chat sqlite' } as const;
  return { own, metric, bound, factor: value };
}

function acrossWorkloads(workload: string, metric: Metric, factor: number, other: string): Target {
  const contestant = 'tcp-chat sqlite';
  const against = { workload: other, contestant } as const;
  return { own: { workload, contestant }, metric, bound: 'at most', factor, against };
}

/** In each encoding less work than the usual way over WebSocket, and more done. */
function betterThanTheLoop(workload: string): Target[] {
  return (['tcp-chat binary', 'tcp-chat json', 'tcp-chat text'] as const).flatMap((own) => [
    target(workload, 'cpuUs', 'at most', 1, 'ws-loop', own),
    target(workload, 'rate', 'at least', 1, 'ws-loop', own),
  ]);
}

export const targets: readonly Target[] = [
  target('fan-out-1000-w16', 'rate', 'at least', 5, 'nats'),
  target('fan-out-1000-w16', 'rate', 'at least', 100, 'plain'),
  target('fan-out-1000-tls', 'rate', 'at least', 3, 'nats tls', 'tcp-chat tls'),
  target('fan-out-1000-tls', 'rate', 'at least', 3, 'nats tls', 'tcp-chat binary tls'),
  target('fan-out-100-w16', 'rate', 'at least', 3.5, 'nats'),
  target('fan-out-100-w16', 'cpuUs', 'at most', 1.19, 'least C'),
  target('fan-out-100-w16', 'cpuUs', 'at most', 2.05, 'least C', 'tcp-chat sqlite'),
  target('one-at-a-time', 'cpuUs', 'at most', 1.15, 'plain'),
  target('one-at-a-time', 'cpuUs', 'at most', 1, 'nats'),
  target('fan-out-100-w1', 'rate', 'at least', 1.7, 'nats'),
  target('latency', 'p99Us', 'at most', 1.15, 'plain'),
  target('latency', 'p99Us', 'at most', 0.7, 'nats'),
  target('echo-8', 'rate', 'at least', 1, 'nats'),
  target('echo-8', 'rate', 'at least', 5, 'plain'),
  target('echo-1', 'rate', 'at least', 0.9, 'plain'),
  target('idle', 'memoryBytes', 'at most', 1.3, 'plain'),
  target('fan-out-1000-w16', 'cpuUs', 'at most', 1.25, 'tcp-chat', 'tcp-chat sqlite'),
  target('fan-out-1000-w16', 'rate', 'at least', 4, 'nats', 'tcp-chat sqlite'),
  target('fan-out-1000-w16', 'cpuUs', 'at most', 1.1, 'tcp-chat', 'tcp-chat binary'),
  target('fan-out-1000-w16', 'cpuUs', 'at most', 1.3, 'tcp-chat', 'tcp-chat json'),
  ...betterThanTheLoop('fan-out-1000-w16'),
  ...betterThanTheLoop('fan-out-1000-w1'),
  target('acked', 'ackRate', 'at least', 0.7, 'store alone', 'tcp-chat sqlite'),
  target('acked-both', 'ackRate', 'at least', 0.7, 'store alone', 'tcp-chat sqlite'),
  absolute('stalled', 'p99Share', 'at most', 1.1),
  absolute('stalled', 'memoryGrowthBytes', 'at most', 32e6),
  absolute('slow', 'heldShare', 'at least', 1),
  acrossWorkloads('history-newest', 'pageCpuUs', 1.2, 'history-oldest'),
  acrossWorkloads('history-oldest', 'pageCpuUs', 1.2, 'history-newest'),
];
