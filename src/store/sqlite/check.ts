import type { Stretch } from '../../core/ports.js';
import { readDatabase, type Sqlite } from './database-file.js';
import { HeadsFile, headsPathOf } from './heads-file.js';
import { LogReader } from './log-reader.js';
import { unpackSlice } from './packed.js';
import { isRoomWhole, roomsOf, type RoomRow } from './room-rows.js';

/** What a check comes across, in the order in which it looks. */
export type Checked =
  /** Something that is wrong with the database as a whole: a sentence. */
  | { readonly kind: 'problem'; readonly sentence: string }
  /** Something that is wrong with a room: a sentence. */
  | { readonly kind: 'room problem'; readonly room: string; readonly sentence: string }
  /** Messages of a room that cannot be read. */
  | { readonly kind: 'damaged'; readonly room: string; readonly stretch: Stretch }
  /** Messages of a room that are as they were written; `part` of all is done, from 0 to 1. */
  | { readonly kind: 'whole'; readonly messages: number; readonly part: number }
  /** A room was looked through. */
  | { readonly kind: 'room'; readonly room: string };

/** How many of SQLite's own complaints are told. */
const complaintsMax = 100;

const pageEntries = 1000;

/**
 * Looks through all of a database, which may be served meanwhile: whether its pages and
 * indexes are sound, whether each room has got as far as was acknowledged, and whether each
 * message is there, and as it was written. Throws `StoreOpenError`.
 */
export function* checkDatabase(path: string): Generator<Checked> {
  const sqlite = readDatabase(path);
  try {
    for (const sentence of complaints(sqlite)) yield { kind: 'problem', sentence };
    // First the heads: meanwhile the rooms may grow, and never get behind them.
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
  if (slot === 'damaged') yield problem('what is known of it beside the database is damaged');
  else if (slot > headSeq) {
    yield problem(`messages up to ${slot} were acknowledged, and it ends at ${headSeq}`);
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
