import { closeSync, existsSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { filesOf, removeBackupRemains, temporaryFor } from './backup-remains.js';
import { newEpoch, openCopy, readDatabase, startsAhead, type Sqlite } from './database-file.js';
import { codeOf, problemOf, StoreError } from '../errors.js';
import { syncFolder } from '../folder.js';
import type { BackupFacts } from '../storage-kind.js';
import { roomsOf, updateRoom } from './room-rows.js';
import { RemovalGuard } from '../removal-guard.js';

/** Pages of 4 KiB that are copied between two looks at the progress. */
const pagesPerStep = 1000;

/** See `KeptData.backUp`; the database at `path` may be served meanwhile. */
export async function backUp(
  path: string,
  target: string,
  onProgress: (part: number) => void = () => {},
): Promise<BackupFacts> {
  const source = readDatabase(path);
  const temporary = temporaryFor(target);
  removeBackupRemains(dirname(target));
  const guard = new RemovalGuard(filesOf(temporary));
  try {
    if (existsSync(target)) throw new StoreError(`${target} already exists`, 'EEXIST');
    // It holds the secrets of the original.
    closeSync(openSync(temporary, 'wx', 0o600));
    await copy(source, temporary, onProgress);
    const facts = finish(temporary);
    publish(temporary, target);
    return { ...facts, bytes: statSync(target).size };
  } catch (error) {
    const code = codeOf(error);
    if (error instanceof StoreError || code === '') throw error;
    const message = `no backup was made: ${problemOf(target, code, (error as Error).message)}`;
    throw new StoreError(message, code, { cause: error });
  } finally {
    source.close();
    for (const file of filesOf(temporary)) rmSync(file, { force: true });
    guard.end();
  }
}

async function copy(
  source: Sqlite,
  temporary: string,
  onProgress: (part: number) => void,
): Promise<void> {
  // An open read transaction: otherwise the copying would start over with each append.
  source.exec('BEGIN');
  source.prepare('SELECT count(*) FROM meta').get();
  await source.backup(temporary, {
    progress: ({ totalPages, remainingPages }) => {
      if (totalPages > 0) onProgress(1 - remainingPages / totalPages);
      return pagesPerStep;
    },
  });
  source.exec('COMMIT');
}

/** Gives the copy its epoch and looks whether all is there. */
function finish(temporary: string): Omit<BackupFacts, 'bytes'> {
  const sqlite = openCopy(temporary);
  try {
    renewEpochs(sqlite);
    // Whoever came after the backup was made is not to be taken for somebody who comes later.
    sqlite.prepare(`UPDATE meta SET value = value + ? WHERE key = 'starts'`).run(startsAhead);
    const verdict = sqlite.pragma('integrity_check(1)', { simple: true });
    const [rooms, expected] = sqlite
      .prepare<[], [number, number]>(
        'SELECT count(*), coalesce(sum(head_seq - tail_seq + 1), 0) FROM rooms',
      )
      .raw()
      .get()!;
    const messages = sqlite.prepare<[], number>('SELECT count(*) FROM messages').pluck().get()!;
    if (verdict !== 'ok' || messages !== expected) {
      const found = verdict === 'ok' ? `${messages} of ${expected} messages` : String(verdict);
      throw new StoreError(`no backup was made, because the copy is damaged: ${found}`);
    }
    return { messages, rooms };
  } finally {
    sqlite.close();
  }
}

/** No room of the copy goes on under the numbering of the original. */
function renewEpochs(sqlite: Sqlite): void {
  sqlite.transaction(() => {
    sqlite.prepare(`UPDATE meta SET value = ? WHERE key = 'epoch'`).run(newEpoch());
    for (const room of roomsOf(sqlite)) updateRoom(sqlite, { ...room, epoch: newEpoch() });
    // The heads that the original has beside it are not those of the copy.
    sqlite.prepare(`DELETE FROM meta WHERE key IN ('heads', 'lock')`).run();
  })();
}

/** Gives the file its name, unless another has taken that meanwhile. */
function publish(temporary: string, target: string): void {
  try {
    linkSync(temporary, target);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      throw new StoreError(`${target} already exists`, 'EEXIST', { cause: error });
    }
    // A file system without hard links, on a memory stick for instance.
    renameSync(temporary, target);
  }
  syncFolder(dirname(target));
}
