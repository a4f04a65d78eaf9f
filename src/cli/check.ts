import { join } from 'node:path';
import { checkDatabase } from '../store/sqlite/check.js';
import { databaseName } from '../store/sqlite/storage.js';
import { exitCodes } from './exit-codes.js';
import { counted, damageSentence } from './format.js';
import { ProgressLine } from './progress-line.js';

/** `tcp-chat-server check`: looks for damage in the database, also while the server runs. */
export async function runCheck(dataFolder: string): Promise<number> {
  const path = join(dataFolder, databaseName);
  const progress = new ProgressLine('checking', process.stderr.isTTY);
  let rooms = 0;
  let messages = 0;
  let problems = 0;
  const tell = (sentence: string): void => {
    problems += 1;
    progress.end();
    process.stdout.write(`${sentence}\n`);
  };
  try {
    for (const one of checkDatabase(path)) {
      switch (one.kind) {
        case 'problem':
          tell(`${path}: ${one.sentence}`);
          break;
        case 'room problem':
          tell(`${one.room}: ${one.sentence}`);
          break;
        case 'damaged':
          tell(`${one.room}: ${damageSentence(one.stretch)}`);
          break;
        case 'whole':
          messages += one.messages;
          progress.show(one.part);
          break;
        case 'room':
          rooms += 1;
      }
      // A signal ends it between two pages.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  } finally {
    progress.end();
  }
  const verdict = problems === 0 ? 'no damage' : counted(problems, 'problem');
  const counts = `${counted(messages, 'message')} in ${counted(rooms, 'room')}`;
  process.stdout.write(`${path}: ${counts}, ${verdict}\n`);
  return problems === 0 ? exitCodes.ok : exitCodes.failure;
}
