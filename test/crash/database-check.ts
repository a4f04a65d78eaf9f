import Database from 'better-sqlite3';
import type { Expected } from './expected.js';
import type { Problems } from './problems.js';
import { numberOf, numbersIn, textOf } from './texts.js';

type Row = [
  seq: number,
  sender: string,
  content: string,
  change: string | null,
  targetSeq: number | null,
];

/** The database holds what was acked, once, and no text that was removed. */
export function checkDatabase(path: string, expected: Expected, problems: Problems): void {
  const database = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const integrity = database.pragma('integrity_check', { simple: true });
    if (integrity !== 'ok') problems.add(`the database is damaged: ${String(integrity)}`);
    const twice = database
      .prepare<[], number>(
        `SELECT count(*) FROM
          (SELECT 1 FROM messages WHERE id <> '' GROUP BY room_id, author, id HAVING count(*) > 1)`,
      )
      .pluck()
      .get();
    if (twice !== 0) problems.add(`${twice} ids are there twice`);
    checkRooms(database, expected, problems);
    checkRemoved(database, expected, problems);
  } finally {
    database.close();
  }
}

/** Rooms are numbered without a hole, and each entry is what was acked there, after all changes. */
function checkRooms(database: Database.Database, { rooms }: Expected, problems: Problems): void {
  const topics = database
    .prepare<[], [id: number, name: string, topic: string]>('SELECT id, name, topic FROM rooms')
    .raw()
    .all();
  const rowsOf = database
    .prepare<[number], Row>(
      `SELECT seq, sender, content, change, target_seq FROM messages
       WHERE room_id = ? ORDER BY seq`,
    )
    .raw();
  for (const [id, room, topic] of topics) {
    const expected = rooms.get(room) ?? { entries: [], topic: undefined };
    const problem = (text: string): void => problems.add(`on disk, ${room} ${text}`);
    if (topic !== (expected.topic === undefined ? '' : textOf(expected.topic))) {
      problem(`has the topic ${topic}, and ${expected.topic} was acked last`);
    }
    let head = 0;
    for (const [seq, sender, content, change, targetSeq] of rowsOf.iterate(id)) {
      if (seq !== head + 1) problem(`${seq} follows ${head}`);
      head = seq;
      const entry = expected.entries[seq - 1];
      const text = content === '' ? undefined : (numberOf(content) ?? -1);
      // What is left of a message names itself.
      const isRemains = entry?.isMessage === true && entry.change !== null;
      const target = isRemains ? seq : entry?.targetSeq;
      const isSame = text === entry?.text && change === entry?.change && targetSeq === target;
      if (!isSame || sender !== entry?.sender) {
        const told = JSON.stringify([sender, change, targetSeq, content]);
        problem(`${seq} is ${told}, and ${JSON.stringify(entry)} was acked`);
      }
    }
    if (head !== expected.entries.length) {
      problem(`ends at ${head}, and ${expected.entries.length} was acked`);
    }
  }
}

/** No row of any table has a text that was removed, in any column. */
function checkRemoved(
  database: Database.Database,
  { removed }: Expected,
  problems: Problems,
): void {
  const tables = database
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table'`)
    .pluck()
    .all();
  for (const table of tables) {
    const rows = database.prepare<[], unknown[]>(`SELECT * FROM "${table}"`).raw();
    for (const row of rows.iterate()) {
      for (const cell of row) {
        if (typeof cell !== 'string' && !Buffer.isBuffer(cell)) continue;
        for (const number of numbersIn(cell.toString())) {
          if (removed.has(number)) problems.add(`the removed text ${number} is in ${table}`);
        }
      }
    }
  }
}
