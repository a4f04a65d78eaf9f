// A process that appends until it is killed, and says which message is the last that
// was kept: node append-forever.js DATABASE
import { Drafts } from '../../src/core/drafts.js';
import type { Append } from '../../src/core/ports.js';
import { SqliteStorage } from '../../src/store/sqlite/storage.js';

const storage = await SqliteStorage.open(process.argv[2]!);
const draftsPerAppend = 40;

async function appendAfter(lastSeq: number): Promise<void> {
  const append: Append = {
    room: 'lobby',
    drafts: Drafts.of(
      Array.from({ length: draftsPerAppend }, (_, index) => {
        const text = String(lastSeq + 1 + index);
        const who = { id: text, author: 'alice', sender: 'alice' };
        return { change: undefined, ...who, content: text, sentAtMs: 0 };
      }),
    ),
  };
  await storage.log.append([append]);
  process.stdout.write(`${lastSeq + draftsPerAppend}\n`);
}

for (let seq = 0; ; seq += 2 * draftsPerAppend) {
  // Two at a time, so that there is always one on its way.
  await Promise.all([appendAfter(seq), appendAfter(seq + draftsPerAppend)]);
}
