import { expect } from 'chai';
import { join } from 'node:path';
import { databaseName, SqliteStorage } from '../../../src/store/sqlite/storage.js';
import { append, draft } from '../../contract/store.js';
import { makeFolder, removeFolder } from '../../support/folders.js';
import { mebibyte, memoryInUse } from '../../support/memory.js';

describe('SqliteStorage, read from without a pause', () => {
  it('stores what comes without waiting for those who read', async () => {
    const folder = await makeFolder();
    const storage = await SqliteStorage.open(join(folder, databaseName));
    try {
      await append(storage.log, 'lobby', 1000, () => draft('x'.repeat(1000)));
      const page = { seq: 0, direction: 'after', entriesMax: 1000, charsMax: 1e7 } as const;
      let answered = 0;
      const reads = Array.from({ length: 200 }, async () => {
        await storage.log.read('lobby', page);
        answered += 1;
      });
      await append(storage.log, 'lobby', 1);
      await storage.log.probe();
      expect(answered).to.be.below(150);
      await Promise.all(reads);
    } finally {
      await storage.close();
      await removeFolder(folder);
    }
  });

  it('keeps nothing of what it has answered, though a call is always open', async () => {
    const folder = await makeFolder();
    const storage = await SqliteStorage.open(join(folder, databaseName));
    try {
      await append(storage.log, 'lobby', 100, () => draft('x'.repeat(1000)));
      let pages = 0;
      const page = { seq: 0, direction: 'after', entriesMax: 100, charsMax: 1_000_000 } as const;
      // Two that never wait at the same time: one call is open whenever another is answered.
      const readers = async (end: number): Promise<void> => {
        const reader = async (): Promise<void> => {
          for (; pages < end; pages += 1) await storage.log.read('lobby', page);
        };
        await Promise.all([reader(), reader(), reader()]);
      };
      let before = 0;
      let after = 0;
      const measure = async (): Promise<void> => {
        // While the readers go on, as their end would let go of everything.
        while (pages < 50) await new Promise<void>((resolve) => setImmediate(resolve));
        before = await memoryInUse();
        while (pages < 550) await new Promise<void>((resolve) => setImmediate(resolve));
        after = await memoryInUse();
      };
      await Promise.all([readers(700), measure()]);
      // What was answered in between is some 50 MiB.
      expect(after - before).to.be.lessThan(8 * mebibyte);
    } finally {
      await storage.close();
      await removeFolder(folder);
    }
  });
});
