import { spawnSync } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'mocha';

/** A folder that is a file system of its own, with little room. */
export class SmallDisk implements Disposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Skips the test, and says so, where the system lets nobody do that. */
  static mount(context: Context, folder: string, mebibytes: number): SmallDisk {
    const options = ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder];
    if (spawnSync('mount', options).status !== 0) {
      process.stdout.write('  skipped: no small file system could be mounted here\n');
      context.skip();
    }
    return new SmallDisk(folder);
  }

  /** Leaves no byte; returns what makes room again. */
  fill(): () => void {
    const filler = join(this.#folder, 'filler');
    for (let bytes = 65_536; bytes > 0;) {
      try {
        appendFileSync(filler, Buffer.alloc(bytes));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        bytes = Math.floor(bytes / 2);
      }
    }
    return () => rmSync(filler);
  }

  grow(mebibytes: number): void {
    spawnSync('mount', ['-o', `remount,size=${mebibytes}m`, this.#folder]);
  }

  [Symbol.dispose](): void {
    spawnSync('umount', [this.#folder]);
  }
}
