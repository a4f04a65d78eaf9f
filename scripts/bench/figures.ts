// The figures of the run that README shows, which lie beside this file's source:
// npm run bench -- --json scripts/bench/results.json --svg scripts/bench/results.svg
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../run.js';
import { formatValue, presentations } from './report.js';
import { type ContestantName, type Metric, type Workload, workloads } from './workloads.js';

interface Results {
  readonly medians: ReadonlyArray<{
    readonly workload: string;
    readonly contestant: ContestantName;
    readonly values: Readonly<Partial<Record<Metric, number>>>;
  }>;
}

const columns: ReadonlyArray<readonly [ContestantName, string]> = [
  ['tcp-chat', 'tcp-chat'],
  ['nats', 'nats-server'],
  ['ws-loop', '`ws` loop'],
  ['plain', 'plain Node'],
];

/** The rows of a table, its head first: each workload's most telling value, and ratios. */
export function figures(): string[][] {
  const text = readFileSync(join(root, 'scripts', 'bench', 'results.json'), 'utf8');
  const results = JSON.parse(text) as Results;
  const head = ['workload', 'measured', ...columns.map(([, title]) => title)];
  return [head, ...workloads.map((workload) => row(results, workload))];
}

function row(results: Results, workload: Workload): string[] {
  const metric = workload.headline;
  const own = value(results, workload, 'tcp-chat');
  const cells = columns.map(([contestant]) => {
    const other = value(results, workload, contestant);
    const shown = formatValue(metric, other);
    if (contestant === 'tcp-chat' || own === undefined || other === undefined) return shown;
    return `${shown} (${ratio(metric, own, other)})`;
  });
  return [workload.title, presentations[metric].title, ...cells];
}

function value(
  results: Results,
  { id, headline }: Workload,
  name: ContestantName,
): number | undefined {
  const found = results.medians.find((one) => one.workload === id && one.contestant === name);
  return found?.values[headline];
}

/** How many times as good as the other one we are, or as costly where less is better. */
function ratio(metric: Metric, own: number, other: number): string {
  const times = own / other;
  const text = times.toFixed(times < 10 ? 2 : 0);
  return presentations[metric].better === 'more' ? `${text} times` : `we: ${text} of it`;
}
