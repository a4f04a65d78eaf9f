// `npm run bench`: compares this server with others, on one machine, in one run.
//
//   npm run bench                                              everything, 25 minutes
//   npm run bench -- --rounds 1 --seconds 2 --only saturated   a quick look
//   npm run bench -- --servers tcp-chat,nats --only echo       two of the contestants
//   npm run bench -- --servers 'tcp-chat sqlite' --only '^acked$'
//   npm run bench -- --only stalled --stall-seconds 60         a reader that stalls for a minute
//   npm run bench -- --json out.json --svg out.svg             to keep
//
// Every measurement has a server of its own, pinned to the first core (where a workload
// says so: to both), and load processes pinned to the second. What a server keeps is in
// a folder of its own below the system's for temporary files, which should be on a disk.
// Rounds are interleaved: each measures every workload with every contestant, so that a
// slow minute of the machine hits all alike, and what counts is the median over the
// rounds. Where other programs needed more than a tenth of these cores, a few
// measurements are repeated, and those that stay disturbed do not count as long as there
// is a calm one. A measurement in which a message is lost, comes twice or out of order
// ends the run with an error.
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { resolve } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { chart } from './chart.js';
import { Children } from './children.js';
import { compile, programOf } from './compile.js';
import { type Contestant, contestants, tcpChatProgram } from './contestants.js';
import { Folders } from './folders.js';
import { measureCalmly } from './measure.js';
import { formatValue } from './metrics.js';
import { judgeTargets, type Report, type Sample, table, toJson } from './report.js';
import type { Bench } from './setup.js';
import { isOnce, type Workload, workloads } from './workloads.js';

interface Options {
  readonly rounds: number;
  readonly windowMs: number;
  readonly stallMs: number;
  readonly slowMs: number;
  readonly workloads: readonly Workload[];
  readonly contestants: readonly Contestant[];
  readonly json: string | undefined;
  readonly svg: string | undefined;
}

/** Of about sixty measurements. */
const repeatsPerRound = 3;

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function readOptions(): Promise<Options> {
  const given = await yargs(hideBin(process.argv))
    .scriptName('npm run bench --')
    .option('rounds', { type: 'number', default: 3, describe: 'Medians are taken over these' })
    .option('seconds', { type: 'number', default: 3, describe: 'Measured time of each workload' })
    .option('only', { type: 'string', default: '', describe: 'Regular expression for workloads' })
    .option('servers', { type: 'string', default: '', describe: 'Comma-separated contestants' })
    .option('stall-seconds', { type: 'number', default: 20, describe: 'How long a reader stalls' })
    .option('slow-seconds', { type: 'number', default: 90, describe: 'How long a reader is slow' })
    .option('json', { type: 'string', describe: 'File for all rounds and medians' })
    .option('svg', { type: 'string', describe: 'File for a chart of the medians' })
    .option('tcp-chat', { type: 'string', default: tcpChatProgram, describe: 'Server program' })
    .check((options) => {
      const {
        rounds,
        seconds,
        'stall-seconds': stallSeconds,
        'slow-seconds': slowSeconds,
      } = options;
      if (!(rounds >= 1 && seconds > 0)) throw new Error('--rounds and --seconds are above zero');
      if (!(stallSeconds >= 1 && slowSeconds >= 1)) throw new Error('that is less than a second');
      return true;
    })
    .strict()
    .parse();
  const only = new RegExp(given.only, 'i');
  const names = given.servers.split(',').filter((name) => name !== '');
  const all = contestants(resolve(given.tcpChat));
  const unknown = names.find((name) => !all.some((contestant) => contestant.name === name));
  if (unknown !== undefined) throw new Error(`there is no server called ${unknown}`);
  return {
    rounds: Math.floor(given.rounds),
    windowMs: given.seconds * 1000,
    stallMs: given.stallSeconds * 1000,
    slowMs: given.slowSeconds * 1000,
    workloads: workloads.filter(({ title, id }) => only.test(title) || only.test(id)),
    contestants: present(all.filter(({ name }) => names.length === 0 || names.includes(name))),
    json: given.json,
    svg: given.svg,
  };
}

/** Those that can run here; says which cannot. */
function present(all: readonly Contestant[]): readonly Contestant[] {
  return all.filter((contestant) => {
    const reason = contestant.missing();
    if (reason !== undefined) say(`skipped: ${contestant.name}, as ${reason}`);
    return reason === undefined;
  });
}

/** Another one begins in each round, so that none always comes after the same one. */
function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const from = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}

async function runAll(options: Options, bench: Bench): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const patience = { repeats: repeatsPerRound * options.rounds };
  for (let round = 0; round < options.rounds; round += 1) {
    for (const workload of options.workloads) {
      if (round > 0 && isOnce(workload)) continue;
      const wanted = options.contestants.filter(({ name }) => workload.contestants.includes(name));
      for (const contestant of rotated(wanted, round)) {
        const label = `${workload.title}, ${contestant.name}`;
        const values = await measureCalmly(patience, bench, workload, contestant).catch(
          (error: unknown) => {
            throw new Error(`${label} failed`, { cause: error });
          },
        );
        samples.push({ round, workload: workload.id, contestant: contestant.name, values });
        const result = formatValue(workload.headline, values[workload.headline]);
        say(`round ${round + 1}/${options.rounds}  ${label}: ${result}`);
      }
    }
  }
  return samples;
}

function report(options: Options, children: Children, samples: readonly Sample[]): Report {
  return {
    date: new Date().toISOString(),
    machine: {
      cpus: availableParallelism(),
      cpuModel: cpus()[0]?.model ?? 'unknown',
      node: process.version,
      pinned: children.pinned,
    },
    contestants: options.contestants.map(({ name, what }) => ({ name, what })),
    rounds: options.rounds,
    windowMs: options.windowMs,
    samples,
  };
}

/** The program that counts for clients that only receive, unless it cannot be compiled. */
function compiledSink(): string | undefined {
  const problem = compile('load/sink');
  if (problem !== undefined) say(`the load counts in Node, and may be too slow: ${problem}`);
  return problem === undefined ? programOf('load/sink') : undefined;
}

async function main(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc: it needs Linux');
  const options = await readOptions();
  const children = new Children();
  const folders = new Folders();
  process.on('exit', () => {
    children.killAll();
    folders.removeAll();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(130));
  }
  if (!children.pinned) say('taskset or a second core is missing: nothing is pinned');
  if (folders.problem !== undefined) say(folders.problem);
  const { windowMs, stallMs, slowMs } = options;
  const notes = { rowsPerAppend: new Map<string, number>(), filled: new Map<number, string>() };
  const sink = compiledSink();
  const bench: Bench = { children, folders, sink, windowMs, stallMs, slowMs, notes };
  const results = report(options, children, await runAll(options, bench));
  process.stdout.write(`${table(options.workloads, results)}\n${judgeTargets(results)}\n`);
  if (options.json !== undefined) writeFileSync(options.json, toJson(results));
  if (options.svg !== undefined) writeFileSync(options.svg, chart(options.workloads, results));
}

main().catch((error: unknown) => {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) say(cause.message);
  process.exit(1);
});
