/**
 * Opens the database that this process serves: alone, with its schema up to date, and with
 * each room in an epoch in which none of its numbers was given before.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  applicationId,
  explained,
  newEpoch,
  openSqlite,
  versionOf,
  type Sqlite,
} from './database-file.js';
import { codeOf, StoreOpenError } from '../errors.js';
import { headsPathOf, ownerOfHeads, type HeadsFile } from './heads-file.js';
import { migrationsFrom } from './migrations.js';
import { checkNumbering, type Finding } from './numbering.js';
import { identityOf, ServedFiles } from './served-files.js';

/** What belongs to a database as a whole. */
export interface DatabaseFacts {
  /** 32 random bytes that were made with the database. */
  readonly secret: Uint8Array;
  /** How many times it was opened to be served, this time included. */
  readonly incarnation: number;
  /** What was found damaged or missing, and is dealt with. */
  readonly findings: readonly Finding[];
}

/** A database that this process alone serves. */
export interface ServedDatabase {
  readonly sqlite: Sqlite;
  readonly heads: HeadsFile;
  readonly files: ServedFiles;
  readonly facts: DatabaseFacts;
  /** Ends the connection, and lets others serve the database. */
  close(): void;
}

/** It holds secrets, and what people said. */
const fileMode = 0o600;

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
      const sqlite = openAlone(path);
      try {
        return served(sqlite, path, lock);
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

function served(sqlite: Sqlite, path: string, lock: Sqlite): ServedDatabase {
  prepare(sqlite, path);
  const headsPath = headsPathOf(path);
  const { heads, findings } = explained(headsPath, () => checkNumbering(sqlite, headsPath));
  const files = new ServedFiles(sqlite, path, [lockPathOf(path), headsPath]);
  const close = (): void => {
    try {
      heads.close();
      sqlite.close();
    } finally {
      lock.close();
    }
  };
  const value = sqlite.prepare<[string], unknown>('SELECT value FROM meta WHERE key = ?').pluck();
  const secret = new Uint8Array(value.get('secret') as Buffer);
  const facts = { secret, incarnation: value.get('starts') as number, findings };
  return { sqlite, heads, files, facts, close };
}

function lockPathOf(path: string): string {
  return `${path}.lock`;
}

/**
 * Locks a file beside the database for as long as this process lives, however it ends.
 * The database itself is not locked: others may read it meanwhile.
 */
function lockFor(path: string): Sqlite {
  const lockPath = lockPathOf(path);
  return explained(lockPath, () => {
    createFile(lockPath);
    const lock = openSqlite(lockPath, { timeoutMs: 0 });
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

/**
 * Opens the database, unless somebody serves it whose lock file was removed: then ours is
 * another one, and tells nothing. The database knows the lock file under which it was served
 * last. Where that is another one, nobody else may have the database open; a reader, who
 * may always read otherwise, has to wait with that for this once.
 */
function openAlone(path: string): Sqlite {
  if (isKnown(path)) return openSqlite(path);
  const alone = openSqlite(path, { timeoutMs: 0 });
  try {
    // In this mode SQLite reads only when nobody else has the database open.
    alone.pragma('locking_mode = EXCLUSIVE');
    alone.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch (error) {
    if (!codeOf(error).startsWith('SQLITE_BUSY')) throw error;
    const message = `another program has ${path} open, and the lock file was replaced`;
    throw new StoreOpenError(message, codeOf(error), { cause: error });
  } finally {
    alone.close();
  }
  return openSqlite(path);
}

/**
 * Looks at the database before anything is changed, and be it by closing it. Returns whether
 * the lock file is the one under which it was served last. Throws `StoreOpenError` when its
 * write-ahead log may be that of another database: SQLite would take what is in there.
 */
function isKnown(path: string): boolean {
  const sqlite = openSqlite(path, { readonly: true });
  try {
    // A new one is known to nobody.
    if (versionOf(sqlite, path) === 0) return true;
    const value = sqlite.prepare<[string], unknown>('SELECT value FROM meta WHERE key = ?').pluck();
    const headsPath = headsPathOf(path);
    const headsOwner = ownerOfHeads(headsPath);
    const headsId = value.get('heads') as Buffer | undefined;
    const isMixed = headsOwner !== undefined && headsId?.equals(headsOwner) === false;
    if (isMixed && sizeOf(`${path}-wal`) > 0) {
      const files = `${path}, ${path}-wal and ${headsPath}`;
      const advice = 'put back the files that belong together, or remove those that do not';
      throw new StoreOpenError(`${files} do not belong to the same database: ${advice}`);
    }
    const lock = value.get('lock');
    return lock === undefined || lock === identityOf(lockPathOf(path));
  } finally {
    sqlite.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * SQLite gives the files beside it the mode of the database. One that is there is not
 * opened: closing it would end the locks that this process has on it.
 */
function createFile(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'a', fileMode));
}

/** Brings the schema up to date, and counts the start. */
function prepare(sqlite: Sqlite, path: string): void {
  const version = versionOf(sqlite, path);
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = FULL');
  sqlite.pragma(`wal_autocheckpoint = ${checkpointPages}`);
  // Rooms are never removed, and a room's id comes from its row: there is nothing to check,
  // and checking takes longer than the checksum of a message.
  sqlite.pragma('foreign_keys = OFF');
  // What is removed is overwritten in pages that are written anyway.
  sqlite.pragma('secure_delete = FAST');
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
    sqlite
      .prepare(`INSERT OR REPLACE INTO meta VALUES ('lock', ?)`)
      .run(identityOf(lockPathOf(path)) ?? '');
  });
  migrateAndCount.immediate();
}
