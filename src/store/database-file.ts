/**
 * Opens databases: the one file that knows the SQLite package. What they hold is said
 * in migrations.ts.
 */
import Database from 'better-sqlite3';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, problemOf, StoreOpenError } from './errors.js';
import { migrationsFrom, schemaVersion } from './migrations.js';

/** A connection to a database, on which calls are synchronous. */
export type Sqlite = Database.Database;

/** A statement that was compiled once. */
export type Statement<Parameters extends unknown[], Row = unknown> = Database.Statement<
  Parameters,
  Row
>;

/** What belongs to a database as a whole. */
export interface DatabaseFacts {
  /** See `Store.epoch`. */
  readonly epoch: string;
  /** 32 random bytes that were made with the database. */
  readonly secret: Uint8Array;
  /** How many times it was opened to be served, this time included. */
  readonly start: number;
}

/** A database that this process alone serves. */
export interface ServedDatabase {
  readonly sqlite: Sqlite;
  readonly facts: DatabaseFacts;
  /** Ends the connection, and lets others serve the database. */
  close(): void;
}

/** How long others may keep the database locked, a person with the sqlite3 shell perhaps. */
const busyTimeoutMs = 5000;

/** It holds secrets, and what people said. */
const fileMode = 0o600;

/** "tcch": tells `file` and us that a database is one of this program. */
export const applicationId = 0x74636368;

/**
 * Pages of 4 KiB that the write-ahead log gathers before they are moved into the
 * database. Ids are spread over their index, so nearly each append changes as many pages
 * of it as it has drafts; those that are changed several times meanwhile are moved once.
 * Measured: 1.25 to 1.5 times as many rows per second as with SQLite's 1000; more than
 * this gains little, and takes longer to move at once.
 */
const checkpointPages = 4000;

/**
 * Opens or creates the database and brings its schema up to date. Throws
 * `StoreOpenError`, also when another process (or thread) serves it.
 */
export function serveDatabase(path: string): ServedDatabase {
  return explained(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(path) && statSync(path).isDirectory()) {
      throw new StoreOpenError(`${path} is a folder`, 'EISDIR');
    }
    const lock = lockFor(path);
    try {
      createFile(path);
      const sqlite = new Database(path, { timeout: busyTimeoutMs });
      try {
        return { sqlite, facts: prepare(sqlite, path), close: () => closeAll(sqlite, lock) };
      } catch (error) {
        sqlite.close();
        throw error;
      }
    } catch (error) {
      lock.close();
      throw error;
    }
  });
}

/**
 * Opens a database that exists, for reading only; it may be served meanwhile. Throws
 * `StoreOpenError`.
 */
export function readDatabase(path: string): Sqlite {
  return explained(path, () => {
    if (!existsSync(path)) throw new StoreOpenError(`there is no database ${path}`, 'ENOENT');
    const sqlite = new Database(path, { readonly: true, timeout: busyTimeoutMs });
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
  const sqlite = new Database(path, { fileMustExist: true, timeout: busyTimeoutMs });
  sqlite.pragma('journal_mode = DELETE');
  sqlite.pragma('synchronous = FULL');
  return sqlite;
}

/** Names a numbering; no two are the same. */
export function newEpoch(): string {
  return randomBytes(12).toString('base64url');
}

/**
 * Locks a file beside the database for as long as this process lives, however it ends.
 * The database itself is not locked: others may read it meanwhile.
 */
function lockFor(path: string): Sqlite {
  const lockPath = `${path}.lock`;
  return explained(lockPath, () => {
    createFile(lockPath);
    const lock = new Database(lockPath, { timeout: 0 });
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return lock;
    } catch (error) {
      lock.close();
      if (!codeOf(error).startsWith('SQLITE_BUSY')) throw error;
      const message = `another tcp-chat-server uses ${path}`;
      throw new StoreOpenError(message, codeOf(error), { cause: error });
    }
  });
}

/** SQLite gives the files beside it the mode of the database. */
function createFile(path: string): void {
  closeSync(openSync(path, 'a', fileMode));
}

function prepare(sqlite: Sqlite, path: string): DatabaseFacts {
  const version = versionOf(sqlite, path);
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = FULL');
  sqlite.pragma(`wal_autocheckpoint = ${checkpointPages}`);
  const migrateAndCount = sqlite.transaction(() => {
    for (const step of migrationsFrom(version)) {
      sqlite.exec(step.sql);
      sqlite.pragma(`user_version = ${step.version}`);
    }
    sqlite.pragma(`application_id = ${applicationId}`);
    const insert = sqlite.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING');
    insert.run('epoch', newEpoch());
    insert.run('secret', randomBytes(32));
    insert.run('starts', 0);
    sqlite.prepare(`UPDATE meta SET value = value + 1 WHERE key = 'starts'`).run();
    const value = sqlite.prepare<[string], unknown>('SELECT value FROM meta WHERE key = ?').pluck();
    return {
      epoch: value.get('epoch') as string,
      secret: new Uint8Array(value.get('secret') as Buffer),
      start: value.get('starts') as number,
    };
  });
  return migrateAndCount.immediate();
}

/** How many migrations it has taken; throws for a database that is not ours, or of a newer program. */
function versionOf(sqlite: Sqlite, path: string): number {
  const version = sqlite.pragma('user_version', { simple: true }) as number;
  const application = sqlite.pragma('application_id', { simple: true }) as number;
  const tables = sqlite.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
  if (application !== applicationId && (application !== 0 || version !== 0 || tables > 0)) {
    throw new StoreOpenError(`${path} is the database of another program`);
  }
  if (version > schemaVersion) {
    const versions = `its version is ${version}, and ${schemaVersion} the newest known here`;
    throw new StoreOpenError(`${path} was written by a newer tcp-chat: ${versions}`);
  }
  return version;
}

function closeAll(sqlite: Sqlite, lock: Sqlite): void {
  try {
    sqlite.close();
  } finally {
    lock.close();
  }
}

function explained<Result>(path: string, open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    if (error instanceof StoreOpenError) throw error;
    const code = codeOf(error);
    const message = problemOf(path, code, (error as Error).message);
    throw new StoreOpenError(message, code, { cause: error });
  }
}
