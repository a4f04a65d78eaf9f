// What came out of a run: medians, tables for people, targets, JSON for programs.
import { formatValue, type Metric, metrics, presentations } from './metrics.js';
import { isDisturbed, type Values } from './setup.js';
import { type Side, type Target, targets } from './targets.js';
import { type ContestantName, type Workload, workloads } from './workloads.js';

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

/** A value, and after it how many times as much tcp-chat has. */
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
  /** Of the two values, or the one value; undefined if something was not measured. */
  readonly ratio: number | undefined;
  readonly passed: boolean | undefined;
  /** There was no calm round of one of the two, so that neither verdict means much. */
  readonly doubtful: boolean;
}

function valueAt(
  report: Report,
  { workload, contestant }: Side,
  metric: Metric,
): number | undefined {
  return median(report, workload, contestant, metric);
}

function titleOf(id: string): string {
  return workloads.find((workload) => workload.id === id)?.title ?? id;
}

function sentenceOf({ own, metric, bound, factor, against }: Target): string {
  const whose = own.contestant === 'tcp-chat' ? '' : `${own.contestant}, `;
  const what = `${titleOf(own.workload)}: ${whose}${presentations[metric].title} ${bound}`;
  if (against === undefined) return `${what} ${formatValue(metric, factor)}`;
  if (against.workload !== own.workload) return `${what} ${factor}x that of ${lastPart(against)}`;
  return `${what} ${factor}x ${against.contestant}`;
}

/** What tells it from similar ones. */
function lastPart({ workload }: Side): string {
  return titleOf(workload).split(', ').at(-1)!;
}

export function verdicts(report: Report): readonly Verdict[] {
  return targets.map((target) => {
    const { own, metric, bound, factor, against } = target;
    const value = valueAt(report, own, metric);
    const other = against === undefined ? 1 : valueAt(report, against, metric);
    const ratio = value === undefined || other === undefined ? undefined : value / other;
    const passed =
      ratio === undefined ? undefined : bound === 'at least' ? ratio >= factor : ratio <= factor;
    const doubtful = [own, against ?? own].some((side) =>
      isDisturbed({ othersCore: valueAt(report, side, 'othersCore') ?? 0 }),
    );
    return { ...target, sentence: sentenceOf(target), ratio, passed, doubtful };
  });
}

export function judgeTargets(report: Report): string {
  const lines = verdicts(report).map(({ sentence, metric, against, ratio, passed, doubtful }) => {
    if (ratio === undefined) return `  ----  ${sentence}: not measured`;
    const value = against === undefined ? formatValue(metric, ratio) : formatRatio(ratio);
    return `  ${passed ? 'pass' : 'FAIL'}  ${sentence}: ${value}${doubtful ? ' (disturbed)' : ''}`;
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
