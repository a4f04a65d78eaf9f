import { join } from 'node:path';
import type { Storage } from '../../core/ports.js';
import type { StorageKind, StorageOptions } from '../storage-kind.js';
import { SqliteAccounts } from './accounts.js';
import { removeBackupRemains } from './backup-remains.js';
import { KeptDatabase } from './kept-data.js';
import { SqliteLog } from './log.js';
import { schemaVersion } from './migrations.js';
import { SqliteNames } from './names.js';
import type { Finding } from './numbering.js';
import { SqliteRooms } from './rooms.js';
import { Threads } from './threads.js';

/** The database's name in the data folder. */
export const databaseName = 'tcp-chat.db';

/**
 * All that a server keeps, in an SQLite database.
 *
 * ```ts
 * await using storage = await SqliteStorage.open('data/tcp-chat.db');
 * await storage.log.append([{ room: 'lobby', drafts }]);
 * ```
 */
export class SqliteStorage implements Storage {
  readonly log: SqliteLog;
  readonly rooms: SqliteRooms;
  readonly names: SqliteNames;
  readonly accounts: SqliteAccounts;
  readonly secret: Uint8Array;
  readonly incarnation: number;
  readonly schemaVersion = schemaVersion;
  /** What was found damaged or missing when it was opened. It can be served all the same. */
  readonly findings: readonly Finding[];
  readonly #threads: Threads;

  /**
   * Opens the database at `path`; it, and the folder it is in, are created where they
   * are missing. Rejects with a `StoreOpenError`, also while another storage, of this
   * process or another, has the same database open.
   */
  static async open(
    path: string,
    options: Partial<Pick<StorageOptions, 'closeTimeoutMs' | 'onLost'>> = {},
  ): Promise<SqliteStorage> {
    const { closeTimeoutMs = 5000, onLost = () => {} } = options;
    return new SqliteStorage(await Threads.start(path, closeTimeoutMs, onLost));
  }

  private constructor(threads: Threads) {
    this.#threads = threads;
    this.log = new SqliteLog(threads);
    this.rooms = new SqliteRooms(threads);
    this.names = new SqliteNames(threads);
    this.accounts = new SqliteAccounts(threads);
    ({
      secret: this.secret,
      incarnation: this.incarnation,
      findings: this.findings,
    } = threads.facts);
  }

  async close(): Promise<void> {
    await this.#threads.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

export const sqlite: StorageKind = {
  async open({ folder, closeTimeoutMs, onFinding, onLost }) {
    const path = join(folder, databaseName);
    for (const file of removeBackupRemains(folder)) {
      onFinding('removed the files that an interrupted backup left', { file });
    }
    const storage = await SqliteStorage.open(path, { closeTimeoutMs, onLost });
    for (const { problem, rooms, roomCount } of storage.findings) {
      onFinding(problem, { path, rooms, roomCount });
    }
    return storage;
  },
  keptIn: (folder) => new KeptDatabase(join(folder, databaseName)),
};
