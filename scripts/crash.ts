// npm run crash [-- --kills N --seed N --seconds-between A-B]: people chat while the server
// is killed N times, and then the promise is checked, in every reader and on disk. The
// seed decides when it is killed, the machine what happens to be under way then. Exit
// code 1 when the promise was broken; the database is kept then.
import { parseArgs } from 'node:util';
import { crash } from '../test/crash/run.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    'seconds-between': { type: 'string', default: '0.1-0.7' },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
const [min = Number.NaN, max = min] = values['seconds-between'].split('-').map(Number);
if (!(Number.isSafeInteger(kills) && kills > 0 && Number.isSafeInteger(seed) && max >= min)) {
  process.stderr.write('usage: npm run crash -- --kills N --seed N --seconds-between A-B\n');
  process.exit(2);
}

// What was started is ended, and what was made removed, on the way out.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(130));
}

const progressMs = 5000;
let saidAtMs = performance.now();
const result = await crash({
  kills,
  seed,
  msBetween: [Math.round(min * 1000), Math.round(max * 1000)],
  keepEvidence: true,
  progress: (done, { acked, deliveries, resumed, problems }) => {
    if (performance.now() - saidAtMs < progressMs) return;
    saidAtMs = performance.now();
    process.stderr.write(
      `${done} of ${kills} kills: ${acked} acked messages, ${deliveries} deliveries, ` +
        `${resumed} resumed connections, ${problems} violations\n`,
    );
  },
});
for (const text of result.problemTexts) process.stdout.write(`violation: ${text}\n`);
if (result.evidence !== undefined) {
  process.stdout.write(`the database is kept in ${result.evidence}\n`);
}
process.stdout.write(
  `${result.kills} kills (${result.killsAtStart} before the server listened) with seed ${seed} ` +
    `in ${result.seconds.toFixed(0)} s: ${result.problems} violations; ` +
    `${result.acked} acked messages (${result.duplicates} of them as duplicates), ` +
    `${result.deliveries} deliveries, ${result.resumed} resumed connections\n`,
);
process.exitCode = result.problems === 0 ? 0 : 1;
