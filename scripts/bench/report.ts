// What came out of a run: medians, tables for people, targets, JSON for programs.
import { isDisturbed, type Values } from './measure.js';
import { type Target, targets } from './targets.js';
import { type ContestantName, type Metric, type Workload, workloads } from './workloads.js';

/** One measurement. */
export interface Sample {
  readonly round: number;
  readonly workload: string;
  readonly contestant: ContestantName;
  readonly values: Values;
}

export interface Report {
  readonly date: string;
  readonly machine: {
    readonly cpus: number;
    readonly cpuModel: string;
    readonly node: string;
    readonly pinned: boolean;
  };
  readonly contestants: readonly { readonly name: ContestantName; readonly what: string }[];
  readonly rounds: number;
  readonly windowMs: number;
  readonly samples: readonly Sample[];
}

interface Presentation {
  readonly title: string;
  /** What the value is multiplied with, and the unit that it then has. */
  readonly unit: (value: number) => readonly [factor: number, unit: string];
  /** Whether contestants are compared in it, and which is better. */
  readonly better?: 'more' | 'less';
}

export const presentations: Readonly<Record<Metric, Presentation>> = {
  rate: {
    title: 'deliveries/s',
    unit: (value) => (value >= 1e6 ? [1e-6, ' M'] : [1e-3, ' k']),
    better: 'more',
  },
  cpuUs: { title: 'CPU per delivery', unit: () => [1, ' µs'], better: 'less' },
  p50Us: { title: 'p50', unit: () => [1e-3, ' ms'], better: 'less' },
  p99Us: { title: 'p99', unit: () => [1e-3, ' ms'], better: 'less' },
  memoryBytes: { title: 'memory per connection', unit: () => [1e-3, ' kB'], better: 'less' },
  serverCore: { title: 'server core', unit: () => [100, ' %'] },
  loadCore: { title: 'load core', unit: () => [100, ' %'] },
  othersCore: { title: 'others', unit: () => [100, ' %'] },
};

const metrics = Object.keys(presentations) as Metric[];

export function formatValue(metric: Metric, value: number | undefined): string {
  if (value === undefined) return '';
  const [factor, unit] = presentations[metric].unit(value);
  const scaled = value * factor;
  if (unit === ' %') return `${scaled.toFixed(0)}${unit}`;
  // Three digits that count, and no more than three behind the point.
  const whole = Math.floor(Math.abs(scaled));
  const digits = whole === 0 ? 3 : Math.max(0, 3 - String(whole).length);
  return `${scaled.toFixed(digits)}${unit}`;
}

/**
 * The median over the rounds; undefined if it was not measured. A disturbed round
 * counts only if there is no other.
 */
export function median(
  { samples }: Report,
  workload: string,
  contestant: ContestantName,
  metric: Metric,
): number | undefined {
  const all = samples.filter((one) => one.workload === workload && one.contestant === contestant);
  const calm = all.filter((one) => !isDisturbed(one.values));
  const values = (calm.length > 0 ? calm : all)
    .flatMap((one) => one.values[metric] ?? [])
    .sort((one, other) => one - other);
  const middle = values.length >> 1;
  if (values.length % 2 === 1) return values[middle];
  return values.length === 0 ? undefined : (values[middle - 1]! + values[middle]!) / 2;
}

export function formatRounds(rounds: number): string {
  return rounds === 1 ? '1 round' : `${rounds} rounds`;
}

function formatRatio(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : 0)}x`;
}

/** A value, and behind it how many times as much tcp-chat has. */
function cell(
  report: Report,
  workload: Workload,
  contestant: ContestantName,
  metric: Metric,
): string {
  const value = median(report, workload.id, contestant, metric);
  const own = median(report, workload.id, 'tcp-chat', metric);
  const text = formatValue(metric, value);
  if (presentations[metric].better === undefined) return text;
  const compared = contestant !== 'tcp-chat' && own !== undefined && value !== undefined;
  return `${text}${(compared ? formatRatio(own / value) : '').padStart(8)}`;
}

function workloadTable(report: Report, workload: Workload): string {
  const measured = workload.contestants.filter((contestant) =>
    report.samples.some((one) => one.workload === workload.id && one.contestant === contestant),
  );
  const shown = metrics.filter((metric) =>
    measured.some((contestant) => median(report, workload.id, contestant, metric) !== undefined),
  );
  const header = ['', ...shown.map((metric) => presentations[metric].title)];
  const rows = measured.map((contestant) => [
    contestant,
    ...shown.map((metric) => cell(report, workload, contestant, metric)),
  ]);
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]!.length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!),
      )
      .join('   ');
  return [workload.title, ...[header, ...rows].map((row) => `  ${line(row).trimEnd()}`)].join('\n');
}

export function table(shown: readonly Workload[], report: Report): string {
  const { machine, contestants, rounds, windowMs, samples } = report;
  const disturbed = samples.filter(({ values }) => isDisturbed(values)).length;
  const about =
    `${contestants.map(({ name, what }) => `${name}: ${what}`).join('\n')}\n` +
    `Node ${machine.node}, ${machine.cpus} CPUs (${machine.cpuModel}), medians of ` +
    `${formatRounds(rounds)} of ${windowMs / 1000} s. Other programs disturbed ${disturbed} of ` +
    `${samples.length} measurements.\n"2.00x": tcp-chat's value is twice that one.\n`;
  return [about, ...shown.map((workload) => `${workloadTable(report, workload)}\n`)].join('\n');
}

export interface Verdict extends Target {
  readonly sentence: string;
  /** Undefined if one of the two was not measured. */
  readonly ratio: number | undefined;
  readonly passed: boolean | undefined;
  /** There was no calm round of one of the two, so that neither verdict means much. */
  readonly doubtful: boolean;
}

export function verdicts(report: Report): readonly Verdict[] {
  return targets.map((target) => {
    const { workload, metric, bound, factor, against } = target;
    const own = median(report, workload, 'tcp-chat', metric);
    const other = median(report, workload, against, metric);
    const ratio = own === undefined || other === undefined ? undefined : own / other;
    const passed =
      ratio === undefined ? undefined : bound === 'at least' ? ratio >= factor : ratio <= factor;
    const title = workloads.find(({ id }) => id === workload)?.title ?? workload;
    const sentence = `${title}: ${presentations[metric].title} ${bound} ${factor}x ${against}`;
    const doubtful = (['tcp-chat', against] as const).some((contestant) =>
      isDisturbed({ othersCore: median(report, workload, contestant, 'othersCore') ?? 0 }),
    );
    return { ...target, sentence, ratio, passed, doubtful };
  });
}

export function judgeTargets(report: Report): string {
  const lines = verdicts(report).map(({ sentence, ratio, passed, doubtful }) => {
    if (ratio === undefined) return `  ----  ${sentence}: not measured`;
    return `  ${passed ? 'pass' : 'FAIL'}  ${sentence}: ${formatRatio(ratio)}${doubtful ? ' (disturbed)' : ''}`;
  });
  return ['targets', ...lines].join('\n');
}

/** All rounds, medians and targets, with nothing that names the machine or its user. */
export function toJson(report: Report): string {
  const { samples, ...facts } = report;
  const medians = workloads.flatMap((workload) =>
    workload.contestants.flatMap((contestant) => {
      const found = metrics.flatMap((metric) => {
        const value = median(report, workload.id, contestant, metric);
        return value === undefined ? [] : [[metric, value] as const];
      });
      if (found.length === 0) return [];
      return [{ workload: workload.id, contestant, values: Object.fromEntries(found) }];
    }),
  );
  return `${JSON.stringify({ ...facts, medians, targets: verdicts(report), samples }, null, 2)}\n`;
}
