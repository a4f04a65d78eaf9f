import type { Context } from 'mocha';

/** Skips a suite, with a word, where the memory of a process cannot be read from /proc. */
export function needProc(context: Context): void {
  if (process.platform === 'linux') return;
  process.stdout.write('  skipped: not tested without Linux, as it reads /proc\n');
  context.skip();
}
