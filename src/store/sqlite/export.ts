import type { Entry, Stretch } from '../../core/ports.js';
import { readDatabase } from './database-file.js';
import { StoreError } from '../errors.js';
import { LogReader } from './log-reader.js';
import { unpackSlice } from './packed.js';
import { sql } from './statements.js';

/** Some messages of a room, and how far its log went when the export began. */
export interface ExportPage {
  readonly entries: readonly Entry[];
  readonly headSeq: number;
  /** How many messages before these were removed while the export went on. */
  readonly expired: number;
  /** Messages before these that cannot be read any more. */
  readonly damaged: Stretch | undefined;
}

/**
 * Reads all messages that one room has now, oldest first and page by page, from a
 * database that may be served meanwhile: between pages, nothing is held up. Throws
 * `StoreError` when there is no such room, and `StoreOpenError`.
 */
export function* exportRoom(path: string, name: string, pageEntries = 1000): Generator<ExportPage> {
  const sqlite = readDatabase(path);
  try {
    const row = sqlite.prepare<[string], unknown>(sql.room).get(name);
    if (row === undefined) throw new StoreError(`there is no room ${name} in ${path}`);
    const reader = new LogReader(sqlite);
    const { headSeq, tailSeq } = reader.state(name);
    for (let lastSeq = tailSeq - 1; lastSeq < headSeq;) {
      const range = { seq: lastSeq, direction: 'after', charsMax: Infinity } as const;
      const entriesMax = Math.min(pageEntries, headSeq - lastSeq);
      const slice = unpackSlice(reader.read(name, { ...range, entriesMax }));
      // What was appended meanwhile is for the next export.
      const entries = slice.entries.filter(({ seq }) => seq <= headSeq);
      const damaged = upTo(headSeq, slice.damaged);
      const expired = Math.max(0, Math.min(slice.tailSeq - 1, headSeq) - lastSeq);
      yield { entries, headSeq, expired, damaged };
      lastSeq = entries.at(-1)?.seq ?? headSeq;
    }
  } finally {
    sqlite.close();
  }
}

function upTo(headSeq: number, stretch: Stretch | undefined): Stretch | undefined {
  if (stretch === undefined || stretch.fromSeq > headSeq) return undefined;
  return { fromSeq: stretch.fromSeq, toSeq: Math.min(stretch.toSeq, headSeq) };
}
