import type { Stretch } from '../../core/ports.js';
import { readDatabase } from './database-file.js';
import { StoreError } from '../errors.js';
import type { ExportPage } from '../storage-kind.js';
import { LogReader } from './log-reader.js';
import { unpackSlice } from './packed.js';
import { sql } from './statements.js';

/** See `KeptData.exportRoom`; the database at `path` may be served meanwhile. */
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
