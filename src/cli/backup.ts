import { join } from 'node:path';
import { backUp } from '../store/backup.js';
import { databaseName } from '../store/sqlite.js';
import { exitCodes } from './exit-codes.js';
import { ProgressLine } from './progress-line.js';

/** `tcp-chat-server backup FILE`: copies the database, also while the server runs. */
export async function runBackup(dataFolder: string, file: string): Promise<number> {
  const progress = new ProgressLine('backing up', process.stderr.isTTY);
  try {
    const path = join(dataFolder, databaseName);
    const { messages, rooms, bytes } = await backUp(path, file, (part) => progress.show(part));
    progress.end();
    process.stdout.write(`${file}: ${messages} messages, ${rooms} rooms, ${bytes} bytes\n`);
    return exitCodes.ok;
  } finally {
    progress.end();
  }
}
