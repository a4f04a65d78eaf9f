// The figures of the run that was kept, as tables. The run lies beside this file's source:
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

/** Rows of cells, the first of which is the head. */
export type Table = readonly (readonly string[])[];

type Column = readonly [name: ContestantName, title: string];

/** Others that do something comparable, and beside them what is ours. */
const ours: Column = ['tcp-chat', 'tcp-chat'];
const others: readonly Column[] = [
  ['nats', 'nats-server'],
  ['redis', 'Redis'],
  ['ws-loop', '`ws` loop'],
  ['plain', 'plain Node'],
];

/** From the least that a server can do upwards. */
const upwards: readonly Column[] = [
  ['least C', 'least C'],
  ['least Node', 'least Node'],
  ['tcp-chat', 'tcp-chat, `--store memory`'],
  ['tcp-chat sqlite', 'tcp-chat, `--store sqlite`'],
  ['redis', 'Redis'],
  ['nats', 'nats-server'],
];
/** Where they are compared, and how many deliveries each message means there. */
const upwardsIn = 'fan-out-100-w16';
const upwardsReceivers = 100;

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

/** tcp-chat beside other servers, by each workload's most telling value. */
export function comparedWithOthers(): Table {
  const results = resultsOfTheRun();
  const rows = workloads
    .filter(({ id }) => others.some(([name]) => valuesOf(results, id, name) !== undefined))
    .map((workload) => comparison(results, workload));
  return filled([['workload', 'measured', ...titles([ours, ...others])], ...rows]);
}

/** tcp-chat beside the least that a server can do, one row each. */
export function comparedWithTheLeast(): Table {
  const results = resultsOfTheRun();
  const least = valuesOf(results, upwardsIn, 'least C');
  const rows = upwards.flatMap(([name, title]) => {
    const values = valuesOf(results, upwardsIn, name);
    if (values === undefined) return [];
    return [
      [
        title,
        formatValue('rate', values.rate),
        share(values.rate, least?.rate),
        formatValue('cpuUs', values.cpuUs),
        moreThan(least?.cpuUs, values.cpuUs),
        formatValue('perWrite', values.perWrite),
      ],
    ];
  });
  const head = [
    'server',
    presentations.rate.title,
    'of that in C',
    presentations.cpuUs.title,
    'per message, above that in C',
    presentations.perWrite.title,
  ];
  return filled([head, ...rows]);
}

/** What the encodings over WebSocket cost. */
export function webSocketFigures(): Table {
  return detailed(overWebSocket);
}

/** What it costs to keep the rooms on disk, and what that can do. */
export function storeFigures(): Table {
  return detailed(kept);
}

/** The figure for those who read no other, as a paragraph. */
export function headlineFigure(): string {
  const results = resultsOfTheRun();
  const own = valuesOf(results, 'fan-out-1000-w16', 'tcp-chat')?.rate;
  const nats = valuesOf(results, 'fan-out-1000-w16', 'nats')?.rate;
  if (own === undefined || nats === undefined) throw new Error('the kept run lacks the headline');
  return (
    'On one core, with 10 publishers and 1,000 readers of 100-byte messages, the server delivers\n' +
    `**${(own / 1e6).toFixed(1)} million messages per second**, ${(own / nats).toFixed(0)} times ` +
    'as many as nats-server in the same run.\n'
  );
}

function comparison(results: Results, workload: Workload): readonly string[] {
  const metric = workload.headline;
  const own = valuesOf(results, workload.id, 'tcp-chat')?.[metric];
  const cells = [ours, ...others].map(([contestant]) => {
    const other = valuesOf(results, workload.id, contestant)?.[metric];
    const shown = formatValue(metric, other);
    if (contestant === 'tcp-chat' || own === undefined || other === undefined) return shown;
    return `${shown} (${times(own, other)})`;
  });
  return [workload.title, presentations[metric].title, ...cells];
}

/**
 * One row for each value that the first column's contestant has, and the workload's title
 * in front of the first of them.
 */
function detailed(columns: readonly Column[]): Table {
  const results = resultsOfTheRun();
  const [first] = columns[0]!;
  const rows = workloads.flatMap((workload) => {
    const metrics = [workload.headline, ...(details[workload.kind] ?? [])];
    return metrics
      .filter((metric) => valuesOf(results, workload.id, first)?.[metric] !== undefined)
      .map((metric, index) => [
        index === 0 ? workload.title : '',
        presentations[metric].title,
        ...columns.map(([name]) =>
          formatValue(metric, valuesOf(results, workload.id, name)?.[metric]),
        ),
      ]);
  });
  return filled([['workload', 'measured', ...titles(columns)], ...rows]);
}

/** Without the columns of what the kept run has not measured. */
function filled([head, ...rows]: readonly [readonly string[], ...Table]): Table {
  const isFilled = head.map((_, column) => rows.some((row) => row[column] !== ''));
  return [head, ...rows].map((row) => row.filter((_, column) => isFilled[column]));
}

function titles(columns: readonly Column[]): readonly string[] {
  return columns.map(([, title]) => title);
}

/** Undefined if the kept run has not measured that. */
function valuesOf(
  { medians }: Results,
  workload: string,
  contestant: ContestantName,
): Readonly<Partial<Record<Metric, number>>> | undefined {
  return medians.find((one) => one.workload === workload && one.contestant === contestant)?.values;
}

function share(value: number | undefined, whole: number | undefined): string {
  return value === undefined || whole === undefined
    ? ''
    : `${((100 * value) / whole).toFixed(0)} %`;
}

/** CPU for a message, with all its deliveries, beyond what the least takes. */
function moreThan(least: number | undefined, cpuUs: number | undefined): string {
  if (least === undefined || cpuUs === undefined) return '';
  return `${((cpuUs - least) * upwardsReceivers).toFixed(1)} µs`;
}

function times(value: number, other: number): string {
  const ratio = value / other;
  return `${ratio.toFixed(ratio < 10 ? 2 : 0)}x`;
}
