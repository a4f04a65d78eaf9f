import { statSync, type BigIntStats } from 'node:fs';
import type { Sqlite } from './database-file.js';
import { fileChanged, StoreError } from '../errors.js';

/** How often the files are looked at. */
const intervalMs = 1000;

const walHeaderBytes = 32;
const frameHeaderBytes = 24;

/**
 * Looks whether the files that are served are the ones that have these names. A file that
 * is removed stays open, and SQLite goes on writing to what the next start will not find; a
 * lock file that is removed lets a second server in.
 *
 * It asks for their numbers in the file system and for their sizes. It never opens them:
 * a process that closes a file ends all locks that it has on it, SQLite's among them.
 */
export class ServedFiles {
  readonly #sqlite: Sqlite;
  readonly #path: string;
  readonly #monotonicMs: () => number;
  readonly #identities: ReadonlyMap<string, string>;
  readonly #pageBytes: number;
  #databaseBytes: number;
  #nextCheckAtMs = 0;

  /** Takes what is there for what is served: right after the database was opened and written to. */
  constructor(
    sqlite: Sqlite,
    path: string,
    others: readonly string[],
    monotonicMs = () => performance.now(),
  ) {
    this.#monotonicMs = monotonicMs;
    this.#sqlite = sqlite;
    this.#path = path;
    this.#pageBytes = sqlite.pragma('page_size', { simple: true }) as number;
    const paths = [path, `${path}-wal`, `${path}-shm`, ...others];
    this.#identities = new Map(paths.map((one) => [one, identityOf(one) ?? '']));
    this.#databaseBytes = statSync(path).size;
  }

  /**
   * Throws a `StoreError` that says what is gone, in which case nothing may be acknowledged:
   * at once when the last look found that, otherwise a second after it at the latest.
   */
  check(): void {
    const nowMs = this.#monotonicMs();
    if (nowMs < this.#nextCheckAtMs) return;
    for (const [path, identity] of this.#identities) {
      const now = identityOf(path);
      if (now !== identity) throw changed(path, now === undefined ? 'removed' : 'replaced');
    }
    this.#checkSizes();
    this.#nextCheckAtMs = nowMs + intervalMs;
  }

  #checkSizes(): void {
    const walPath = `${this.#path}-wal`;
    // It does nothing but tell how many frames of the log are in use.
    const [{ log }] = this.#sqlite.pragma('wal_checkpoint(NOOP)') as [{ log: number }];
    const walBytes = walHeaderBytes + log * (frameHeaderBytes + this.#pageBytes);
    if (log > 0 && statSync(walPath).size < walBytes) throw changed(walPath, 'truncated');

    const { size } = statSync(this.#path);
    if (size < this.#databaseBytes) {
      // Somebody may have vacuumed it; then it holds as many pages as it says.
      const pages = this.#sqlite.pragma('page_count', { simple: true }) as number;
      if (size < pages * this.#pageBytes) throw changed(this.#path, 'truncated');
    }
    this.#databaseBytes = size;
  }
}

/** What tells a file from all others on this machine; undefined when there is none. */
export function identityOf(path: string): string | undefined {
  let stats: BigIntStats | undefined;
  try {
    stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
}

function changed(path: string, what: string): StoreError {
  const advice = what === 'truncated' ? 'restart the server' : 'put it back or restart the server';
  return new StoreError(`${path} was ${what} while it was served: ${advice}`, fileChanged);
}
