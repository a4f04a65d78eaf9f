// All that can be checked without running the program: format, lint, schema, generated
// code, the tables in the documents. The compiler has had its say before this runs.
import { join } from 'node:path';
import { areDocumentsCurrent } from './docs.js';
import { isGeneratedCodeCurrent } from './generate.js';
import { root, run } from './run.js';

const checks: ReadonlyArray<readonly [name: string, check: () => boolean]> = [
  ['format', () => run('prettier', ['--check', '--log-level=warn', '.'])],
  ['lint', () => run('oxlint', ['--type-aware', '--deny-warnings', '--quiet'])],
  ['schema', () => run('buf', ['lint'], join(root, 'proto'))],
  ['generated code', isGeneratedCodeCurrent],
  ['documents', areDocumentsCurrent],
];

/** Runs all checks and names those that failed. */
export function check(): boolean {
  const failed = checks.filter(([, isGood]) => !isGood()).map(([name]) => name);
  const verdict = failed.length === 0 ? 'all good' : `FAILED: ${failed.join(', ')}`;
  process.stdout.write(`checks (${checks.map(([name]) => name).join(', ')}): ${verdict}\n`);
  return failed.length === 0;
}

if (process.argv[1]?.endsWith('check.js')) process.exitCode = check() ? 0 : 1;
