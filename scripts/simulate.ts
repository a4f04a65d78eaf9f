// npm run simulate [-- --seed N --runs N]: lets people chat in simulated time while
// connections break, the disk fails and the server crashes, and checks the promise after
// every run. Each run has a seed, which decides everything in it.
import { parseArgs } from 'node:util';
import { simulate } from '../test/simulation/run.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    runs: { type: 'string', default: '1000' },
  },
});
const firstSeed = Number(values.seed);
const runs = Number(values.runs);
if (!Number.isSafeInteger(firstSeed) || !Number.isSafeInteger(runs) || runs < 1) {
  process.stderr.write('usage: npm run simulate -- --seed N --runs N\n');
  process.exit(2);
}

const progressMs = 5000;
const startedAtMs = performance.now();
let saidAtMs = startedAtMs;
let failures = 0;
const totals = { events: 0, crashes: 0, acked: 0, delivered: 0, changes: 0, gaps: 0 };
let running = firstSeed;
process.on('uncaughtException', (error) => {
  process.stdout.write(`seed ${running}: ${error.stack}\n`);
  process.exit(1);
});
for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
  running = seed;
  try {
    const facts = await simulate(seed);
    for (const name of Object.keys(totals) as Array<keyof typeof totals>) {
      totals[name] += facts[name];
    }
  } catch (error) {
    failures += 1;
    process.stdout.write(`seed ${seed}: ${(error as Error).message}\n`);
  }
  if (performance.now() - saidAtMs > progressMs) {
    saidAtMs = performance.now();
    process.stderr.write(`${seed - firstSeed + 1} of ${runs} runs\n`);
  }
}
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
process.stdout.write(
  `${runs} runs from seed ${firstSeed} in ${seconds} s: ${failures} failed; ` +
    `${totals.crashes} crashes and restarts, ${totals.acked} acked messages, ` +
    `${totals.delivered} deliveries (${totals.changes} of them changes), ${totals.gaps} gaps, ${totals.events} events\n`,
);
process.exitCode = failures === 0 ? 0 : 1;
