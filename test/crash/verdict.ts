import Database from 'better-sqlite3';
import type { Heard } from './bare-reader.js';
import type { Problems } from './problems.js';
import type { Record } from './record.js';
import type { Sent } from './sent.js';
import { numberOf } from './texts.js';

/** What there is to be judged. */
export interface Evidence {
  readonly sent: Sent;
  readonly records: readonly Record[];
  readonly heard: readonly Heard[];
}

/** Holds all that was said and heard against the database that is left at `path`. */
export function judge(path: string, evidence: Evidence, problems: Problems): void {
  const stored = readDatabase(path, evidence.sent, problems);
  checkAcks(stored, evidence.sent, problems);
  for (const record of evidence.records) checkRecord(stored, record, problems);
  const seqs = new Map(stored.get('lobby')?.map((number, index) => [number, index + 1]));
  for (const heard of evidence.heard) checkHeard(seqs, heard, problems);
}

/** The numbers of the messages of each room, in their order. */
type Stored = ReadonlyMap<string, readonly number[]>;

type Row = [room: string, seq: number, sender: string, content: string];

/** Rooms are numbered without a hole, and hold what was said, once. */
function readDatabase(path: string, sent: Sent, problems: Problems): Stored {
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

    const stored = new Map<string, number[]>();
    const seen = new Set<number>();
    const rows = database
      .prepare<[], Row>(
        `SELECT name, seq, sender, content FROM messages JOIN rooms ON rooms.id = room_id
         ORDER BY room_id, seq`,
      )
      .raw();
    for (const [room, seq, sender, content] of rows.iterate()) {
      let numbers = stored.get(room);
      if (numbers === undefined) stored.set(room, (numbers = []));
      const number = numberOf(content) ?? -1;
      const problem = (text: string): void => problems.add(`on disk, ${room} ${seq} ${text}`);
      if (seq !== numbers.length + 1) problem(`follows ${numbers.length}`);
      if (sent.rooms[number] !== room) problem(`was not sent there: ${content}`);
      else if (sent.senders[number] !== sender) problem(`is said to be from ${sender}`);
      if (seen.has(number)) problem(`is message ${number} again`);
      seen.add(number);
      numbers[seq - 1] = number;
    }
    return stored;
  } finally {
    database.close();
  }
}

/** All that was sent was acked in the end, and stands where that was said. */
function checkAcks(stored: Stored, sent: Sent, problems: Problems): void {
  for (const [number, seq] of sent.seqs.entries()) {
    const room = sent.rooms[number]!;
    if (seq === 0) {
      problems.add(`message ${number} to ${room} was never acked`);
    } else if (stored.get(room)?.[seq - 1] !== number) {
      const there = stored.get(room)?.[seq - 1] ?? 'nothing';
      problems.add(`message ${number} was acked as ${room} ${seq}, where ${there} is on disk`);
    }
  }
}

/** A reader has all of its rooms as they are on disk. */
function checkRecord(stored: Stored, { who, numbers: rooms }: Record, problems: Problems): void {
  for (const [room, numbers] of rooms) {
    const expected = stored.get(room) ?? [];
    if (numbers.length !== expected.length) {
      problems.add(`${who} has ${numbers.length} of ${expected.length} messages of ${room}`);
    }
    for (const [index, number] of numbers.entries()) {
      if (number === expected[index]) continue;
      const there = `${expected[index] ?? 'nothing'} is on disk`;
      problems.add(`${who} got message ${number} as ${room} ${index + 1}, where ${there}`);
    }
  }
}

/** A bare session heard a part of the lobby without a hole that it was not told of. */
function checkHeard(seqs: ReadonlyMap<number, number>, heard: Heard, problems: Problems): void {
  let next: number | undefined;
  for (const one of heard) {
    if ('skipped' in one) {
      if (next !== undefined) next += one.skipped;
      continue;
    }
    const seq = seqs.get(one.number);
    if (seq === undefined || (next !== undefined && seq !== next)) {
      const where = seq === undefined ? 'not on disk' : `lobby ${seq}`;
      problems.add(
        `a bare session heard message ${one.number}, ${where}, instead of lobby ${next}`,
      );
    }
    next = (seq ?? next ?? 0) + 1;
  }
}
