// The figures of the run that README shows, which lie beside this file's source:
// npm run bench -- --json scripts/bench/results.json --svg scripts/bench/results.svg
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../run.js';
import { formatValue, type Metric, presentations } from './metrics.js';
import { type ContestantName, type Workload, workloads } from './workloads.js';

interface Results {
  readonly medians: ReadonlyArray<{
    readonly workload: string;
    readonly contestant: ContestantName;
    readonly values: Readonly<Partial<Record<Metric, number>>>;
  }>;
}

type Column = readonly [name: ContestantName, title: string];

/** Others that do something comparable, and beside them what is ours. */
const ours: Column = ['tcp-chat', 'tcp-chat'];
const others: readonly Column[] = [
  ['nats', 'nats-server'],
  ['ws-loop', '`ws` loop'],
  ['plain', 'plain Node'],
];

/** What the rooms on disk cost and can do. */
const kept: readonly Column[] = [
  ['tcp-chat sqlite', '`--store sqlite`'],
  ['tcp-chat', '`--store memory`'],
  ['store alone', 'the store alone'],
];

/** What WebSocket costs, beside raw TCP and the usual way. */
const overWebSocket: readonly Column[] = [
  ['tcp-chat binary', 'binary'],
  ['tcp-chat json', 'JSON'],
  ['tcp-chat text', 'plain text'],
  ['tcp-chat', 'raw TCP'],
  ['ws-loop', '`ws` loop'],
];

/** What there is to say of a workload in these two beside what it is headed by. */
const details: Readonly<Partial<Record<Workload['kind'], readonly Metric[]>>> = {
  traffic: ['cpuUs', 'ackCpuUs', 'rowsPerAppend'],
  stall: ['p99Us', 'memoryGrowthBytes', 'caughtUp', 'catchUpMs'],
  resume: ['caughtUp', 'p99Us', 'maxUs'],
  history: ['pageRate'],
};

function resultsOfTheRun(): Results {
  const text = readFileSync(join(root, 'scripts', 'bench', 'results.json'), 'utf8');
  return JSON.parse(text) as Results;
}

/**
 * The tables, each with its head first: one compares with other servers by each
 * workload's most telling value, one says what WebSocket costs, and one what keeping the
 * rooms does. A table of which nothing was measured is left out.
 */
export function figures(): string[][][] {
  const results = resultsOfTheRun();
  const head = ['workload', 'measured'];
  const compared = workloads
    .filter((workload) => others.some(([name]) => value(results, workload, name) !== undefined))
    .map((workload) => comparison(results, workload));
  const tables = [
    [[...head, ...[ours, ...others].map(([, title]) => title)], ...compared],
    ...[overWebSocket, kept].map((columns) => [
      [...head, ...columns.map(([, title]) => title)],
      ...detailedRows(results, columns),
    ]),
  ];
  return tables.filter((rows) => rows.length > 1);
}

function comparison(results: Results, workload: Workload): string[] {
  const metric = workload.headline;
  const own = value(results, workload, 'tcp-chat');
  const cells = [ours, ...others].map(([contestant]) => {
    const other = value(results, workload, contestant);
    const shown = formatValue(metric, other);
    if (contestant === 'tcp-chat' || own === undefined || other === undefined) return shown;
    return `${shown} (${ratio(metric, own, other)})`;
  });
  return [workload.title, presentations[metric].title, ...cells];
}

/**
 * One row for each value that the first column's contestant has, and the workload's title
 * in front of the first of them.
 */
function detailedRows(results: Results, columns: readonly Column[]): string[][] {
  const [first] = columns[0]!;
  return workloads.flatMap((workload) => {
    const metrics = [workload.headline, ...(details[workload.kind] ?? [])];
    return metrics
      .filter((metric) => value(results, workload, first, metric) !== undefined)
      .map((metric, index) => [
        index === 0 ? workload.title : '',
        presentations[metric].title,
        ...columns.map(([name]) => formatValue(metric, value(results, workload, name, metric))),
      ]);
  });
}

function value(
  results: Results,
  { id, headline }: Workload,
  name: ContestantName,
  metric: Metric = headline,
): number | undefined {
  const found = results.medians.find((one) => one.workload === id && one.contestant === name);
  return found?.values[metric];
}

/** How many times as good as the other one we are, or as costly where less is better. */
function ratio(metric: Metric, own: number, other: number): string {
  const times = own / other;
  const text = times.toFixed(times < 10 ? 2 : 0);
  return presentations[metric].better === 'more' ? `${text} times` : `we: ${text} of it`;
}
