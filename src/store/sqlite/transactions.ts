/**
 * Transactions, and what becomes of one whose commit fails.
 *
 * SQLite 3.53 reports a failed COMMIT after it has rolled back what it knows of the transaction,
 * but the write-ahead log may hold all of it (`walFrames` in sqlite3.c): first all pages of the
 * transaction are written to the log, the last one with the mark of a commit, then the log is
 * synced (`sqlite3OsSync`), then the pages are entered in the index of the log, which may have
 * to grow (`walIndexAppend`). When one of the last two steps fails, COMMIT fails, and nobody
 * sees the transaction, as the index does not have it. But whoever rebuilds the index from the
 * log takes everything up to the last mark of a commit: the next start does after a kill. The
 * log loses such a commit only when the next commit overwrites it.
 *
 * So after a failed COMMIT the log is cut off after the last commit that SQLite knows, and synced:
 * then, and not before, it is certain that the transaction is gone. While that fails as well, the
 * transaction is in doubt. It is tried again once a second, and before anything else is
 * written; it may also turn out that somebody has rebuilt the index meanwhile, and that the
 * transaction is there.
 */
import { isDamage, StoreError } from '../errors.js';
import { openSqlite, type Sqlite } from './database-file.js';
import type { ServedFiles } from './served-files.js';
import type { Statements } from './statements.js';

/** What is done in one transaction, and how it is found out whether it was committed. */
export interface Work<Result> {
  readonly perform: () => Result;
  /** Whether all of it is in the database, which nobody else writes to meanwhile. */
  readonly isThere: (sqlite: Sqlite) => boolean;
  /** Called as soon as it is known that it is committed, and on disk. */
  readonly onCommitted: () => void;
}

/** A transaction whose commit has failed, and of which nobody knows yet what became of it. */
interface Doubt {
  readonly isThere: (sqlite: Sqlite) => boolean;
  readonly settle: (isCommitted: boolean) => void;
}

/** How long others may write before the attempt to find out is given up. */
const lockTimeoutMs = 1000;

const retryAfterMs = 1000;

/** What transactions are made with. */
export interface TransactionParts {
  readonly sqlite: Sqlite;
  readonly files: Pick<ServedFiles, 'checkNow' | 'cutLog' | 'logBytes' | 'logGoesOn'>;
  readonly statements: Pick<Statements, 'begin' | 'commit' | 'rollback'>;
  /** Called when one has failed: what is known of the database may not be true any more. */
  readonly onFailed: () => void;
}

/** The transactions of one connection, one at a time. */
export class Transactions {
  readonly #parts: TransactionParts;
  #doubt: Doubt | undefined;
  #retryTimer: NodeJS.Timeout | undefined;

  constructor(parts: TransactionParts) {
    this.#parts = parts;
  }

  /**
   * Does something that may be done in any case, whether or not it is reported as done. Throws
   * the error of the first step that fails, also while an earlier transaction is in doubt.
   */
  run<Result>(perform: () => Result): Result {
    this.#settleDoubt();
    const result = this.#perform(perform);
    try {
      this.#parts.statements.commit.run();
    } catch (error) {
      this.#rollBack();
      throw error;
    }
    return result;
  }

  /**
   * Does all of it or nothing: when it throws, none of it is in the database, nor will it be
   * after a restart. Returns a promise while it is in doubt: it settles when that is known.
   */
  runSurely<Result>(work: Work<Result>): Result | Promise<Result> {
    this.#settleDoubt();
    const { files, statements } = this.#parts;
    const logBytesBefore = this.#logBytes();
    const result = this.#perform(work.perform);
    try {
      statements.commit.run();
    } catch (failure) {
      this.#rollBack();
      let isCommitted: boolean;
      try {
        // It can be there so soon only when the log is longer than before. This can be told where
        // the rooms cannot be read, as the index of the log is damaged.
        isCommitted = this.#isCommitted(
          (sqlite) => files.logBytes() > logBytesBefore && work.isThere(sqlite),
        );
      } catch {
        return this.#inDoubt(work, result, failure as Error);
      }
      if (!isCommitted) throw failure;
    }
    work.onCommitted();
    return result;
  }

  /** Tries once more to find out what is in doubt, for the last time. */
  close(): void {
    try {
      this.#settleDoubt();
    } catch {
      // Only the next start can tell.
    }
    clearTimeout(this.#retryTimer);
  }

  /** 0 where it cannot be told. */
  #logBytes(): number {
    try {
      return this.#parts.files.logBytes();
    } catch {
      return 0;
    }
  }

  #perform<Result>(perform: () => Result): Result {
    try {
      this.#parts.statements.begin.run();
      return perform();
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    this.#parts.onFailed();
    try {
      // After some failures SQLite has done so itself.
      if (this.#parts.sqlite.inTransaction) this.#parts.statements.rollback.run();
    } catch {
      // The first failure says more; if the disk still fails, the next call finds out.
    }
  }

  async #inDoubt<Result>(
    { isThere, onCommitted }: Work<Result>,
    result: Result,
    failure: Error,
  ): Promise<Result> {
    return await new Promise((resolve, reject) => {
      const settle = (isCommitted: boolean): void => {
        if (!isCommitted) {
          reject(failure);
          return;
        }
        onCommitted();
        resolve(result);
      };
      this.#doubt = { isThere, settle };
      this.#retryLater();
    });
  }

  #retryLater(): void {
    this.#retryTimer = setTimeout(() => {
      try {
        this.#settleDoubt();
      } catch {
        this.#retryLater();
      }
    }, retryAfterMs).unref();
  }

  /** Throws while it cannot be found out what became of the transaction that is in doubt. */
  #settleDoubt(): void {
    const doubt = this.#doubt;
    if (doubt === undefined) return;
    const isCommitted = this.#isCommitted(doubt.isThere);
    this.#doubt = undefined;
    clearTimeout(this.#retryTimer);
    doubt.settle(isCommitted);
  }

  /**
   * Whether a transaction whose COMMIT has failed is committed. When this returns, what it says
   * stays true, whatever happens to the machine. Throws when that cannot be had now.
   */
  #isCommitted(isThere: (sqlite: Sqlite) => boolean): boolean {
    const { sqlite, files } = this.#parts;
    files.checkNow();
    if (files.logGoesOn()) {
      // Another connection keeps the others from writing, as this one can tell where the log
      // ends only while it is in no transaction.
      const guard = openSqlite(sqlite.name, { timeoutMs: lockTimeoutMs, mustExist: true });
      try {
        keepOthersFromWriting(guard);
        if (!isThere(guard)) {
          files.cutLog();
          return false;
        }
      } finally {
        guard.close();
      }
    } else if (!isThere(sqlite)) return false;
    // It was found in the log, which may not be on disk: the database is, after this.
    const [{ busy }] = sqlite.pragma('wal_checkpoint(FULL)') as [{ busy: number }];
    if (busy === 0) return true;
    throw new StoreError(`${sqlite.name} is locked by another program`, 'SQLITE_BUSY');
  }
}

/** Takes the lock of those who write, until the connection is closed. */
function keepOthersFromWriting(guard: Sqlite): void {
  try {
    guard.exec('BEGIN IMMEDIATE');
  } catch (error) {
    // The index of the log is damaged where all look who begin to write: so nobody can.
    if (!isDamage(error)) throw error;
  }
}
