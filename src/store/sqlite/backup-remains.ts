import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a backup writes to until it is whole. The name says which process writes it, so that
 * it can be told from what a process has left that was killed.
 */
export function temporaryFor(target: string): string {
  return `${target}.${process.pid}${ending}`;
}

const ending = '.tcp-chat-backup';
const pattern = /\.(\d+)\.tcp-chat-backup(?:-wal|-shm|-journal)?$/;

/** The file itself and what SQLite has beside it. */
export function filesOf(temporary: string): string[] {
  return ['', '-wal', '-shm', '-journal'].map((one) => temporary + one);
}

/**
 * Removes from a folder what backups have left there whose processes are gone: copies, with the
 * secret and with all that was said. Returns their names.
 */
export function removeBackupRemains(folder: string): string[] {
  const names = namesIn(folder).filter((name) => {
    const [, pid] = pattern.exec(name) ?? [];
    return pid !== undefined && !isAlive(Number(pid));
  });
  for (const name of names) rmSync(join(folder, name), { force: true });
  return names;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is alive, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
