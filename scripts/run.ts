import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a program of the project's packages, or of the system, in the checkout's
 * folder; what it prints is shown. Returns whether it succeeded.
 */
export function run(program: string, args: readonly string[], folder = root): boolean {
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
  const { status, error } = spawnSync(program, args, {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: path },
  });
  if (error !== undefined) throw error;
  return status === 0;
}
