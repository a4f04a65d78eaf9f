import type { Entry } from '../core/ports.js';
import { readDatabase } from './database-file.js';
import { StoreError } from './errors.js';
import { sql, type MessageRow, type RoomRow } from './statements.js';

/** Some messages of a room, and how far its log went when the export began. */
export interface ExportPage {
  readonly entries: readonly Entry[];
  readonly headSeq: number;
  /** How many messages before these were removed while the export went on. */
  readonly expired: number;
}

/**
 * Reads all messages that one room has now, oldest first and page by page, from a
 * database that may be served meanwhile: between pages, nothing is held up. Throws
 * `StoreError` when there is no such room, and `StoreOpenError`.
 */
export function* exportRoom(path: string, name: string, pageEntries = 1000): Generator<ExportPage> {
  const sqlite = readDatabase(path);
  try {
    const row = sqlite.prepare<[string], RoomRow>(sql.room).raw().get(name);
    if (row === undefined) throw new StoreError(`there is no room ${name} in ${path}`);
    const [roomId, headSeq, tailSeq] = row;
    const page = sqlite.prepare<[number, number, number], MessageRow>(sql.readAfter).raw();
    let lastSeq = tailSeq - 1;
    while (lastSeq < headSeq) {
      const entries = page
        .all(roomId, lastSeq, Math.min(pageEntries, headSeq - lastSeq))
        .map(([seq, sentAtMs, sender, id, content]) => ({ seq, id, sender, content, sentAtMs }))
        .filter(({ seq }) => seq <= headSeq);
      const firstSeq = entries[0]?.seq ?? headSeq + 1;
      yield { entries, headSeq, expired: firstSeq - lastSeq - 1 };
      lastSeq = entries.at(-1)?.seq ?? headSeq;
    }
  } finally {
    sqlite.close();
  }
}
