import type { Checked } from '../storage-kind.js';
import { readDatabase, type Sqlite } from './database-file.js';
import { HeadsFile, headsPathOf } from './heads-file.js';
import { LogReader } from './log-reader.js';
import { unpackSlice } from './packed.js';
import { isRoomWhole, roomsOf, type RoomRow } from './room-rows.js';

/** How many of SQLite's own complaints are told. */
const complaintsMax = 100;

const pageEntries = 1000;

/**
 * See `KeptData.check`; the database may be served meanwhile. It also looks whether the pages
 * and indexes of the database are sound.
 */
export function* checkDatabase(path: string): Generator<Checked> {
  const sqlite = readDatabase(path);
  try {
    for (const sentence of complaints(sqlite)) yield { kind: 'problem', sentence };
    // First the heads: rooms that grow meanwhile are longer than these, never shorter.
    const heads = headsOf(sqlite, headsPathOf(path));
    if (typeof heads === 'string') yield { kind: 'problem', sentence: heads };
    const rooms = roomsOf(sqlite);
    for (const room of rooms) yield* roomProblems(room, heads);
    if (typeof heads !== 'string') heads?.close();
    yield* checkMessages(sqlite, rooms);
  } finally {
    sqlite.close();
  }
}

function complaints(sqlite: Sqlite): string[] {
  const sentences: string[] = [];
  try {
    const check = sqlite.prepare<[], string>(`PRAGMA integrity_check(${complaintsMax})`).pluck();
    for (const line of check.iterate()) {
      if (line !== 'ok') sentences.push(line.replace(/^\*.*\n/, '').replaceAll('\n', ', '));
    }
  } catch (error) {
    if (sentences.length === 0) sentences.push((error as Error).message);
  }
  return sentences;
}

/** The heads beside the database, or what is wrong with them; undefined when there are none yet. */
function headsOf(sqlite: Sqlite, path: string): HeadsFile | string | undefined {
  const id = sqlite.prepare<[], Buffer>(`SELECT value FROM meta WHERE key = 'heads'`).pluck().get();
  if (id === undefined) return undefined;
  const heads = HeadsFile.open(path, id, 'r');
  if (heads === 'missing') return `${path} is missing`;
  if (heads === 'foreign') return `${path} is damaged, or belongs to another database`;
  return heads;
}

function* roomProblems(room: RoomRow, heads: HeadsFile | string | undefined): Generator<Checked> {
  const { id, name, headSeq } = room;
  const problem = (sentence: string): Checked => ({ kind: 'room problem', room: name, sentence });
  if (!isRoomWhole(room)) yield problem('its row in the table of rooms is damaged');
  if (heads === undefined || typeof heads === 'string') return;
  const slot = heads.slot(id);
  if (slot === 'damaged') yield problem('its entry in the file of heads is damaged');
  else if (slot > headSeq) {
    yield problem(`messages up to ${slot} were acknowledged, but the last one found is ${headSeq}`);
  }
}

function* checkMessages(sqlite: Sqlite, rooms: readonly RoomRow[]): Generator<Checked> {
  const reader = new LogReader(sqlite);
  const total = rooms.reduce((sum, { headSeq, tailSeq }) => sum + headSeq - tailSeq + 1, 0);
  let done = 0;
  for (const { name: room, tailSeq, headSeq } of rooms) {
    try {
      for (let lastSeq = tailSeq - 1; lastSeq < headSeq;) {
        const range = { seq: lastSeq, direction: 'after', charsMax: Infinity } as const;
        const slice = unpackSlice(reader.read(room, { ...range, entriesMax: pageEntries }));
        const { damaged: stretch, entries } = slice;
        if (stretch !== undefined) yield { kind: 'damaged', room, stretch };
        done += entries.length;
        yield { kind: 'whole', messages: entries.length, part: Math.min(1, done / total) };
        lastSeq = entries.at(-1)?.seq ?? headSeq;
      }
    } catch (error) {
      const sentence = `it cannot be read: ${(error as Error).message}`;
      yield { kind: 'room problem', room, sentence };
    }
    yield { kind: 'room', room };
  }
}
