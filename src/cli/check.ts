import type { KeptData } from '../store/storage-kind.js';
import { exitCodes } from './exit-codes.js';
import { counted, damageSentence } from './format.js';
import { ProgressLine } from './progress-line.js';

/** `tcp-chat-server check`: looks for damage in what the server keeps, also while the server runs. */
export async function runCheck(data: KeptData): Promise<number> {
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
    for (const one of data.check()) {
      switch (one.kind) {
        case 'problem':
          tell(`${data.name}: ${one.sentence}`);
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
  process.stdout.write(`${data.name}: ${counts}, ${verdict}\n`);
  return problems === 0 ? exitCodes.ok : exitCodes.failure;
}
