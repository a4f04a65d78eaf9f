// Pages of a long room's history, from one of its ends or from the middle.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Drafts } from '../../src/core/drafts.js';
import { databaseName, SqliteStorage } from '../../src/store/sqlite/storage.js';
import type { Contestant } from './contestants.js';
import { DraftSource } from './load/append.js';
import {
  type Bench,
  spent,
  standing,
  startServer,
  type Values,
  warmUpMs,
  withFolder,
  withLoad,
} from './setup.js';
import type { History } from './workloads.js';

const room = 'long';
const rowsPerFill = 1000;
/** So short that a page of 500 fits in a frame. */
const contentChars = 40;

export async function measureHistory(
  bench: Bench,
  { rows, pageRows, from }: History,
  contestant: Contestant,
): Promise<Values> {
  const filled = await filledFolder(bench, rows);
  return withFolder(bench, contestant, async (folder) => {
    cpSync(join(filled, databaseName), join(folder!, databaseName));
    const server = await startServer(bench, contestant, folder);
    const roles = [{ kind: 'fetch', room, rows, pageRows, from }] as const;
    const pages = withLoad(bench, contestant, server.port, roles, async ([reader]) => {
      reader!.go();
      await delay(warmUpMs);
      const before = await standing(server, [reader!]);
      await delay(bench.windowMs);
      const after = await standing(server, [reader!]);
      await reader!.stop();
      const { doneRate: pageRate, serverCore, loadCore, othersCore } = spent(before, after);
      const pageCpuUs = (serverCore * 1e6) / pageRate;
      return { pageRate, pageCpuUs, serverCore, loadCore, othersCore };
    });
    try {
      return await Promise.race([pages, server.ended]);
    } finally {
      await server.stop();
    }
  });
}

/** With a database that has the room, made once in a run. */
async function filledFolder({ folders, notes }: Bench, rows: number): Promise<string> {
  const known = notes.filled.get(rows);
  if (known !== undefined) return known;
  const folder = folders.make();
  await using storage = await SqliteStorage.open(join(folder, databaseName));
  const drafts = new DraftSource(contentChars);
  for (let row = 0; row < rows; row += rowsPerFill) {
    await storage.log.append([
      { room, drafts: Drafts.of(drafts.next(Math.min(rowsPerFill, rows - row))) },
    ]);
  }
  notes.filled.set(rows, folder);
  return folder;
}
