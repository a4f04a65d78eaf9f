/**
 * Opens databases: the one file that knows the SQLite package. What they hold is said
 * in migrations.ts.
 */
import Database from 'better-sqlite3';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { codeOf, problemOf, StoreOpenError } from '../errors.js';
import { schemaVersion } from './migrations.js';

/** A connection to a database, on which calls are synchronous. */
export type Sqlite = Database.Database;

/** A statement that was compiled once. */
export type Statement<Parameters extends unknown[], Row = unknown> = Database.Statement<
  Parameters,
  Row
>;

/** How long others may keep the database locked, a person with the sqlite3 shell perhaps. */
const busyTimeoutMs = 5000;

/** "tcch": tells `file` and us that a database is one of this program. */
export const applicationId = 0x74636368;

/**
 * Opens a database, or a file that becomes one; it waits so long for others who have it locked.
 * `readonly` needs one that exists.
 */
export function openSqlite(
  path: string,
  options: {
    readonly timeoutMs?: number;
    readonly readonly?: boolean;
    readonly mustExist?: boolean;
  } = {},
): Sqlite {
  const { timeoutMs = busyTimeoutMs, readonly = false, mustExist = readonly } = options;
  return new Database(path, { timeout: timeoutMs, readonly, fileMustExist: mustExist });
}

/**
 * Opens a database that exists, for reading only; it may be served meanwhile. Throws
 * `StoreOpenError`.
 */
export function readDatabase(path: string): Sqlite {
  return explained(path, () => {
    if (!existsSync(path)) throw new StoreOpenError(`there is no database ${path}`, 'ENOENT');
    const sqlite = openSqlite(path, { readonly: true });
    try {
      const version = versionOf(sqlite, path);
      if (version < schemaVersion) {
        const advice = 'start the server once to bring it up to date';
        throw new StoreOpenError(`${path} was written by an older tcp-chat: ${advice}`);
      }
      return sqlite;
    } catch (error) {
      sqlite.close();
      throw error;
    }
  });
}

/** Opens a copy that nobody serves; all of it is in the one file afterwards. */
export function openCopy(path: string): Sqlite {
  const sqlite = openSqlite(path, { mustExist: true });
  sqlite.pragma('journal_mode = DELETE');
  sqlite.pragma('synchronous = FULL');
  return sqlite;
}

/**
 * How often a database may be started unseen, after a copy of it was made or with a part of it
 * that is lost, before the number of a start would come a second time.
 */
export const startsAhead = 1000;

/** Names a numbering; no two are the same. */
export function newEpoch(): string {
  return randomBytes(12).toString('base64url');
}

/** How many migrations it has taken; throws for a database that is not ours, or of a newer program. */
export function versionOf(sqlite: Sqlite, path: string): number {
  const version = sqlite.pragma('user_version', { simple: true }) as number;
  const application = sqlite.pragma('application_id', { simple: true }) as number;
  const tables = sqlite.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
  if (application !== applicationId && (application !== 0 || version !== 0 || tables > 0)) {
    throw new StoreOpenError(`${path} is the database of another program`);
  }
  if (version > schemaVersion) {
    const versions = `its version is ${version}, and this program knows versions up to ${schemaVersion}`;
    throw new StoreOpenError(`${path} was written by a newer tcp-chat: ${versions}`);
  }
  return version;
}

/** What `open` returns; what it throws becomes a `StoreOpenError` that names the file. */
export function explained<Result>(path: string, open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    if (error instanceof StoreOpenError) throw error;
    const code = codeOf(error);
    const message = problemOf(path, code, (error as Error).message);
    throw new StoreOpenError(message, code, { cause: error });
  }
}
