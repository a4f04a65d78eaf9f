import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  type BigIntStats,
} from 'node:fs';
import type { Sqlite, Statement } from './database-file.js';
import { fileChanged, StoreError } from '../errors.js';

/** How often the files are checked. */
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
  /** Tells how many frames of the log are in use, and does nothing else; below 0 while it cannot. */
  readonly #logFrames: Statement<[], { readonly log: number }>;
  #databaseBytes: number;
  #nextCheckAtMs = 0;
  /** False once the log was to be cut, until that is on disk. */
  #isCut = true;

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
    this.#logFrames = sqlite.prepare('PRAGMA wal_checkpoint(NOOP)');
    const paths = [path, `${path}-wal`, `${path}-shm`, ...others];
    this.#identities = new Map(paths.map((one) => [one, identityOf(one) ?? '']));
    this.#databaseBytes = statSync(path).size;
  }

  /**
   * Throws a `StoreError` that says what is gone, in which case nothing may be acknowledged:
   * at once when the last check found that, otherwise a second after it at the latest.
   */
  check(): void {
    const nowMs = this.#monotonicMs();
    if (nowMs < this.#nextCheckAtMs) return;
    this.checkNow();
    this.#nextCheckAtMs = nowMs + intervalMs;
  }

  /** The same, and checks in any case. */
  checkNow(): void {
    for (const [path, identity] of this.#identities) {
      const now = identityOf(path);
      if (now !== identity) throw changed(path, now === undefined ? 'removed' : 'replaced');
    }
    this.#checkSizes();
  }

  /**
   * How long the write-ahead log is up to the end of the last commit that SQLite knows, the header
   * included. The connection is in no transaction. Throws SQLite's error, also while somebody
   * rebuilds the index of the log.
   */
  logBytes(): number {
    const { log } = this.#logFrames.get()!;
    if (log >= 0) return this.#bytesOf(log);
    throw new StoreError(`the end of the log of ${this.#path} cannot be determined`, 'SQLITE_BUSY');
  }

  /**
   * Whether the write-ahead log may hold something after the last commit that SQLite knows, or may
   * do so on disk. Throws SQLite's error, the system's or that of `check`.
   */
  logGoesOn(): boolean {
    const walBytes = this.logBytes();
    this.#isCut &&= this.#withLog('r', (file) => !goesOn(file, walBytes));
    return !this.#isCut;
  }

  /**
   * Cuts off the write-ahead log what comes after the last commit, and puts it on disk like
   * that. Nobody may write to the database meanwhile, nor may its connection be in a transaction.
   * Throws as `logGoesOn` does; then it may be cut, and not on disk.
   */
  cutLog(): void {
    const walBytes = this.logBytes();
    this.#withLog('r+', (file) => {
      if (fstatSync(file).size > walBytes) ftruncateSync(file, walBytes);
      fsyncSync(file);
    });
    this.#isCut = true;
  }

  /**
   * Opens the log for a moment: the system tells each open file of a failed write, even of one
   * that SQLite was told of long ago.
   */
  #withLog<Result>(flags: 'r' | 'r+', use: (file: number) => Result): Result {
    const path = `${this.#path}-wal`;
    const file = openSync(path, flags);
    try {
      const identity = numbersOf(fstatSync(file, { bigint: true }));
      if (identity !== this.#identities.get(path)) throw changed(path, 'replaced');
      return use(file);
    } finally {
      closeSync(file);
    }
  }

  #bytesOf(frames: number): number {
    return walHeaderBytes + frames * (frameHeaderBytes + this.#pageBytes);
  }

  #checkSizes(): void {
    const walPath = `${this.#path}-wal`;
    const { log } = this.#logFrames.get()!;
    if (log > 0 && statSync(walPath).size < this.#bytesOf(log)) throw changed(walPath, 'truncated');

    const { size } = statSync(this.#path);
    if (size < this.#databaseBytes) {
      // Somebody may have vacuumed it; then it holds as many pages as it says.
      const pages = this.#sqlite.pragma('page_count', { simple: true }) as number;
      if (size < pages * this.#pageBytes) throw changed(this.#path, 'truncated');
    }
    this.#databaseBytes = size;
  }
}

/**
 * Whether a write-ahead log may go on after so many bytes: with a frame that has the two numbers of
 * the log's header (its salts), which are others each time the log begins anew. The header itself may
 * be that of a log that was to begin.
 */
function goesOn(file: number, walBytes: number): boolean {
  if (walBytes === walHeaderBytes) return true;
  const salts = [16, walBytes + 8].map((at) => {
    const bytes = Buffer.alloc(8);
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, at));
  });
  return salts[0]!.equals(salts[1]!);
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
  return new StoreError(
    `${path} was ${what} while the server was using it: ${advice}`,
    fileChanged,
  );
}
