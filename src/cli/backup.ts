import type { KeptData } from '../store/storage-kind.js';
import { ExitError, exitCodes } from './exit-codes.js';
import { counted } from './format.js';
import { ProgressLine } from './progress-line.js';

/** `tcp-chat-server backup FILE`: copies what the server keeps, also while the server runs. */
export async function runBackup(data: KeptData, file: string): Promise<number> {
  const progress = new ProgressLine('backing up', process.stderr.isTTY);
  // What was begun is taken away again.
  let isInterrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => (isInterrupted = true));
  }
  try {
    const { messages, rooms, bytes } = await data.backUp(file, (part) => {
      if (isInterrupted) throw new ExitError(exitCodes.failure, 'interrupted; no backup was made');
      progress.show(part);
    });
    progress.end();
    const counts = `${counted(messages, 'message')}, ${counted(rooms, 'room')}`;
    process.stdout.write(`${file}: ${counts}, ${bytes} bytes\n`);
    return exitCodes.ok;
  } finally {
    progress.end();
  }
}
