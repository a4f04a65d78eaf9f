// Compiles what the benchmark has in C.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../run.js';

/** What `compile` makes of the source with this name, `servers/least` for instance. */
export function programOf(name: string): string {
  return join(root, 'dist', 'scripts', 'bench', name);
}

/** Returns why it cannot be compiled, or undefined when it is. */
export function compile(name: string): string | undefined {
  const source = join(root, 'scripts', 'bench', `${name}.c`);
  const args = ['-O2', '-Wall', '-Wextra', '-o', programOf(name), source];
  const { status, error, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
  if (error !== undefined) {
    return 'there is no C compiler (cc). On Debian: apt-get install gcc libc6-dev';
  }
  return status === 0 ? undefined : `cc does not compile it: ${stderr.trim()}`;
}
