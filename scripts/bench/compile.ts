// Compiles the servers that are written in C.
import { spawnSync } from 'node:child_process';

/** Compiles one file to a program; returns why that cannot be done, or undefined when it is. */
export function compile(source: string, program: string): string | undefined {
  const args = ['-O2', '-Wall', '-Wextra', '-o', program, source];
  const { status, error, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
  if (error !== undefined)
    return 'there is no C compiler (cc). On Debian: apt-get install gcc libc6-dev';
  return status === 0 ? undefined : `cc does not compile it: ${stderr.trim()}`;
}
