// The folders that the benchmark makes: on a disk, one for each server that keeps
// something, and removed again whatever happens.
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const tmpfsMagic = 0x01021994;

export class Folders {
  readonly #paths = new Set<string>();

  /** Why what is measured there says little about a disk. */
  get problem(): string | undefined {
    return statfsSync(tmpdir()).type === tmpfsMagic
      ? `${tmpdir()} is in memory: TMPDIR should name a folder on a disk`
      : undefined;
  }

  make(): string {
    const path = mkdtempSync(join(tmpdir(), 'tcp-chat-bench-'));
    this.#paths.add(path);
    return path;
  }

  remove(path: string): void {
    // A process that was killed a moment ago may still have made a file.
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    this.#paths.delete(path);
  }

  /** For the way out. */
  removeAll(): void {
    for (const path of this.#paths) this.remove(path);
  }
}
