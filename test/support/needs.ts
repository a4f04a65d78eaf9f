import type { Context } from 'mocha';
import { missingPackages, type SystemPackage } from '../../scripts/system-packages.js';

/**
 * Skips the tests of a suite when the system lacks what they need, and says so; in CI
 * it fails instead, as a part that is always skipped would never be missed.
 */
export function need(context: Context, packages: readonly SystemPackage[]): void {
  const missing = missingPackages(packages);
  if (missing.length === 0) return;
  const reason = `not tested without ${missing.join(', ')}`;
  if (process.env['CI'] !== undefined) throw new Error(reason);
  process.stdout.write(`  skipped: ${reason}\n`);
  context.skip();
}
