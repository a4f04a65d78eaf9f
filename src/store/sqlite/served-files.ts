import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  statSync,
  type BigIntStats,
} from 'node:fs';
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
 * It asks for their numbers in the file system and for their sizes. It opens none of them but
 * the write-ahead log: a process that closes a file ends all locks that it has on it, SQLite's
 * among them, and SQLite has none on that one.
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
    this.checkNow();
    this.#nextCheckAtMs = nowMs + intervalMs;
  }

  /** The same, and looks in any case. */
  checkNow(): void {
    for (const [path, identity] of this.#identities) {
      const now = identityOf(path);
      if (now !== identity) throw changed(path, now === undefined ? 'removed' : 'replaced');
    }
    this.#checkSizes();
  }

  /**
   * Cuts off the write-ahead log what comes after the last commit, and puts it on disk like
   * that. Nobody may write to the database meanwhile, nor may its connection be in a transaction.
   * Throws SQLite's error, the system's or that of `check`; then it may be cut, and not on disk.
   */
  cutLog(): void {
    const walPath = `${this.#path}-wal`;
    const walBytes = this.#walBytes();
    if (walBytes === undefined) {
      throw new StoreError(`the length of ${walPath} cannot be told`, 'SQLITE_BUSY');
    }
    // Opened for this once: the system tells each open file of a failed write, even of one
    // that SQLite was told of long ago.
    const file = openSync(walPath, 'r+');
    try {
      const identity = numbersOf(fstatSync(file, { bigint: true }));
      if (identity !== this.#identities.get(walPath)) throw changed(walPath, 'replaced');
      if (fstatSync(file).size > walBytes) ftruncateSync(file, walBytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /**
   * How long the write-ahead log is up to the end of its last commit, the header included;
   * undefined while its index is being rebuilt.
   */
  #walBytes(): number | undefined {
    // It does nothing but tell how many frames of the log are in use.
    const [{ log }] = this.#sqlite.pragma('wal_checkpoint(NOOP)') as [{ log: number }];
    return log < 0 ? undefined : walHeaderBytes + log * (frameHeaderBytes + this.#pageBytes);
  }

  #checkSizes(): void {
    const walPath = `${this.#path}-wal`;
    const walBytes = this.#walBytes();
    const isUsed = walBytes !== undefined && walBytes > walHeaderBytes;
    if (isUsed && statSync(walPath).size < walBytes) throw changed(walPath, 'truncated');

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
  return stats === undefined ? undefined : numbersOf(stats);
}

function numbersOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function changed(path: string, what: string): StoreError {
  const advice = what === 'truncated' ? 'restart the server' : 'put it back or restart the server';
  return new StoreError(`${path} was ${what} while it was served: ${advice}`, fileChanged);
}
