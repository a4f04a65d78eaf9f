import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './programs.js';

const run = promisify(execFile);

/** The path of what is compiled from a file of C or C++ in `test`; it is kept for the next time. */
export async function compiled(file: string, ...flags: readonly string[]): Promise<string> {
  const source = join(root, 'test', file);
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const folder = join(root, 'dist', 'interop');
  const output = join(folder, `${basename(file)}-${hash}`);
  if (!existsSync(output)) {
    await mkdir(folder, { recursive: true });
    const temporary = `${output}.${process.pid}`;
    const compiler = file.endsWith('.cpp') ? 'g++' : 'gcc';
    await run(compiler, ['-Wall', '-o', temporary, source, ...flags]);
    await rename(temporary, output);
  }
  return output;
}
