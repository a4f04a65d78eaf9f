// npm run attack [-- --only TEXT] [--long]: people who do nothing that is forbidden press a
// server with default limits as hard as they can, while two others chat. Prints what that
// does to the server's memory, to the two, and to the server's end; exit code 1 when a bound
// is broken. npm run attack -- fairness: how long 100 ordinary people wait for an ack while
// one other uses each weapon, compared with the time without it. Needs Linux, for /proc.
import { parseArgs } from 'node:util';
import { attacks } from '../test/pressure/attacks.js';
import { measureFairness, ratioMax } from '../test/pressure/fairness.js';
import { bounds, runAttack, type Result } from '../test/pressure/run.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    long: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
  },
});
const isFairness = positionals[0] === 'fairness';
const rounds = Number(values.rounds);
if (positionals.length > (isFairness ? 1 : 0) || !(Number.isSafeInteger(rounds) && rounds > 0)) {
  process.stderr.write('usage: npm run attack -- [fairness --rounds N] [--only TEXT] [--long]\n');
  process.exit(2);
}

// What was started is ended on the way out: crowds end with this process, servers here.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(130));
}

const columns = [36, 10, 9, 9, 9, 10] as const;

function row(...cells: readonly string[]): string {
  return cells
    .map((cell, index) => {
      const width = columns[index] ?? 0;
      return index === 0 ? cell.padEnd(width) : cell.padStart(width);
    })
    .join('  ');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const ms = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(0)} ms` : 'never');

function rowOf(name: string, result: Result): string {
  const { growthBytes, p50Ms, p99Ms, maxMs, terminateMs, flaws } = result;
  const verdict = flaws.length === 0 ? 'good' : `FAILED: ${flaws.join(', ')}`;
  const growth = `${(growthBytes / 1e6).toFixed(0)} MB`;
  return row(name, growth, ms(p50Ms), ms(p99Ms), ms(maxMs), ms(terminateMs), verdict);
}

async function attackAll(): Promise<boolean> {
  const wanted = attacks.filter(
    ({ name, isLong }) => name.includes(values.only) && (values.long || isLong !== true),
  );
  say(row('attack', 'memory', 'p50', 'p99', 'max', 'SIGTERM', 'verdict'));
  let failures = 0;
  for (const attack of wanted) {
    try {
      const result = await runAttack(attack);
      if (result.flaws.length > 0) failures += 1;
      say(rowOf(attack.name, result));
    } catch (error) {
      failures += 1;
      say(row(attack.name, '', '', '', '', '', `FAILED: ${(error as Error).message}`));
    }
  }
  say(
    `${wanted.length} attacks, ${failures} failed; allowed are ${bounds.growthBytes / 1e6} MB, ` +
      `p50 ${bounds.p50Ms} ms, max ${bounds.maxMs} ms, SIGTERM ${bounds.terminateMs} ms`,
  );
  return wanted.length > 0 && failures === 0;
}

async function judgeFairness(): Promise<boolean> {
  say(row('weapon of one', 'without', 'with', 'ratio', '', '', 'verdict'));
  let isFair = true;
  for await (const { name, withoutMs, withMs } of measureFairness(rounds, values.only)) {
    const ratio = withMs / withoutMs;
    const verdict = ratio <= ratioMax ? 'good' : 'FAILED';
    if (ratio > ratioMax) isFair = false;
    const figures = [`${withoutMs.toFixed(1)} ms`, `${withMs.toFixed(1)} ms`, ratio.toFixed(2)];
    say(row(name, ...figures, '', '', verdict));
  }
  say(`p99 of the time until an ack, of 100 people, ${rounds} rounds; allowed is ${ratioMax}`);
  return isFair;
}

process.exitCode = (await (isFairness ? judgeFairness() : attackAll())) ? 0 : 1;
