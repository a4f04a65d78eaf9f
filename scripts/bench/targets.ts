// What the server has promised itself, as data. Each row compares the medians of
// two contestants in one workload of the same run.
import type { ContestantName, Metric } from './workloads.js';

export interface Target {
  readonly workload: string;
  readonly metric: Metric;
  readonly bound: 'at least' | 'at most';
  readonly factor: number;
  readonly against: ContestantName;
}

function target(
  workload: string,
  metric: Metric,
  bound: Target['bound'],
  factor: number,
  against: ContestantName,
): Target {
  return { workload, metric, bound, factor, against };
}

export const targets: readonly Target[] = [
  target('fan-out-1000-w16', 'rate', 'at least', 5, 'nats'),
  target('fan-out-1000-w16', 'rate', 'at least', 100, 'plain'),
  target('fan-out-100-w16', 'rate', 'at least', 3.5, 'nats'),
  target('one-at-a-time', 'cpuUs', 'at most', 1.15, 'plain'),
  target('one-at-a-time', 'cpuUs', 'at most', 1, 'nats'),
  target('fan-out-100-w1', 'rate', 'at least', 1.7, 'nats'),
  target('latency', 'p99Us', 'at most', 1.15, 'plain'),
  target('latency', 'p99Us', 'at most', 0.7, 'nats'),
  target('echo-8', 'rate', 'at least', 1, 'nats'),
  target('echo-8', 'rate', 'at least', 5, 'plain'),
  target('echo-1', 'rate', 'at least', 0.9, 'plain'),
  target('idle', 'memoryBytes', 'at most', 1.3, 'plain'),
];
