// A process that closes a storage while it appends, does not wait for that for long, and prints
// which of its calls settle: node close-early.js DATABASE
import { SqliteStorage } from '../../src/store/sqlite/storage.js';
import { append } from '../contract/store.js';

const storage = await SqliteStorage.open(process.argv[2]!, { closeTimeoutMs: 1 });

function print(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}

append(storage.log, 'lobby', 50_000).then(
  () => print('an append: done'),
  (error: Error) => print(`an append: ${error.message}`),
);
storage.log.probe().catch((error: Error) => print(`a probe: ${error.message}`));
storage.close().catch((error: Error) => print(error.message));
