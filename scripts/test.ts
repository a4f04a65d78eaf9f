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

const mocha = new Mocha({ timeout: 60_000, forbidOnly: process.env['CI'] !== undefined });
if (isPartial && grep !== undefined) mocha.grep(grep);
const tests = join(root, 'dist', 'test');
for (const file of readdirSync(tests, { recursive: true, encoding: 'utf8' }).toSorted()) {
  if (file.endsWith('.test.js')) mocha.addFile(join(tests, file));
}
await mocha.loadFilesAsync();

const { stats } = await new Promise<Mocha.Runner>((resolve) => {
  const runner = mocha.run(() => resolve(runner));
});
const { passes = 0, failures = 0, pending = 0 } = stats ?? {};
process.stdout.write(`${passes} passed, ${failures} failed, ${pending} skipped\n`);
if (!isChecked) process.stdout.write('The checks before the tests have failed, see above.\n');
const isSkippedInCi = process.env['CI'] !== undefined && pending > 0;
process.exitCode = isChecked && failures === 0 && passes > 0 && !isSkippedInCi ? 0 : 1;

// Whatever still runs now was left by a test.
setTimeout(() => {
  process.stdout.write('Something that a test has left keeps this from ending.\n');
  process.exit(1);
}, 10_000).unref();
