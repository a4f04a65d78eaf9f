import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Puts a folder on disk, so that the names of new files in it outlive a crash of the machine. */
export function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Not every system can do that; the files themselves are on disk.
  }
}
