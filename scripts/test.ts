// npm test: the checks, then all tests: npm test [-- --grep TEXT]. What the tests need of
// the system is installed first where that is possible; where it is not, the tests in
// question are skipped with a word, and fail when CI is set.
import Mocha from 'mocha';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { check } from './check.js';
import { root } from './run.js';
import { ensureSystemPackages, testPackages } from './system-packages.js';

const grep = process.argv[process.argv.indexOf('--grep') + 1];
const isPartial = process.argv.includes('--grep');

ensureSystemPackages(testPackages);
const isChecked = isPartial || check();

const tests = join(root, 'dist', 'test');
const files = readdirSync(tests, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .toSorted();
/** A browser needs all of a small machine. */
const inBrowser = files.filter((file) => file.startsWith('web'));
const others = files.filter((file) => !file.startsWith('web'));
let [passes, failures, pending] = [0, 0, 0];
if (isPartial) await run(files, false);
else {
  await run(others, true);
  await run(inBrowser, false);
}
process.stdout.write(`${passes} passed, ${failures} failed, ${pending} skipped\n`);
if (!isChecked) process.stdout.write('The checks before the tests have failed, see above.\n');
const isSkippedInCi = process.env['CI'] !== undefined && pending > 0;
process.exitCode = isChecked && failures === 0 && passes > 0 && !isSkippedInCi ? 0 : 1;

// Whatever still runs now was left by a test.
setTimeout(() => {
  process.stdout.write('Something that a test has left keeps this from ending.\n');
  process.exit(1);
}, 10_000).unref();

/** Runs these tests, several files at a time or one after another. */
async function run(files: readonly string[], parallel: boolean): Promise<void> {
  const forbidOnly = process.env['CI'] !== undefined;
  const mocha = new Mocha({ timeout: 60_000, forbidOnly, parallel, jobs: 2 });
  if (isPartial && grep !== undefined) mocha.grep(grep);
  for (const file of files) mocha.addFile(join(tests, file));
  // In parallel, each process loads its own.
  if (!parallel) await mocha.loadFilesAsync();
  const { stats } = await new Promise<Mocha.Runner>((resolve) => {
    const runner = mocha.run(() => resolve(runner));
  });
  passes += stats?.passes ?? 0;
  failures += stats?.failures ?? 0;
  pending += stats?.pending ?? 0;
}
