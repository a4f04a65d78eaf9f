import { applicationId, type Sqlite, type Statement } from './database-file.js';

/** A room's id, head_seq, tail_seq and oldest_at_ms. */
export type RoomRow = [id: number, headSeq: number, tailSeq: number, oldestAtMs: number | null];

/** A message's seq, sent_at_ms, sender, id and content. */
export type MessageRow = [
  seq: number,
  sentAtMs: number,
  sender: string,
  id: string,
  content: string,
];

/** What is asked of the database while it is served, in SQL. */
export const sql = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',

  /** Writes a page in any case: a row that stays the same SQLite would not write. */
  touch: `PRAGMA application_id = ${applicationId}`,

  room: 'SELECT id, head_seq, tail_seq, oldest_at_ms FROM rooms WHERE name = ?',
  insertRoom: 'INSERT INTO rooms (name, head_seq, tail_seq) VALUES (?, 0, 1)',
  updateHead: 'UPDATE rooms SET head_seq = ? WHERE id = ?',
  updateRoom: 'UPDATE rooms SET head_seq = ?, tail_seq = ?, oldest_at_ms = ? WHERE id = ?',
  oldestRoom: 'SELECT name FROM rooms WHERE oldest_at_ms < ? ORDER BY oldest_at_ms LIMIT 1',
  /** The only one that looks at all rooms. */
  longerRooms: 'SELECT name FROM rooms WHERE head_seq - tail_seq >= ?',

  // A seq that is taken is no repetition but a failure.
  insertMessage: `
    INSERT INTO messages (room_id, seq, sent_at_ms, sender, author, id, content)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (room_id, author, id) WHERE id <> '' DO NOTHING`,
  messageById: `
    SELECT seq, sent_at_ms, content FROM messages
    WHERE room_id = ? AND author = ? AND id = ? AND id <> ''`,
  spentId: `
    SELECT seq, sent_at_ms, content_sha256 FROM spent_ids
    WHERE room_id = ? AND author = ? AND id = ?`,
  readAfter: `
    SELECT seq, sent_at_ms, sender, id, content FROM messages
    WHERE room_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
  readBefore: `
    SELECT seq, sent_at_ms, sender, id, content FROM messages
    WHERE room_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,

  timesFrom: 'SELECT sent_at_ms FROM messages WHERE room_id = ? AND seq >= ? ORDER BY seq',
  spendIds: `
    INSERT INTO spent_ids (room_id, author, id, seq, sent_at_ms, content_sha256)
    SELECT room_id, author, id, seq, sent_at_ms, sha256(content) FROM messages
    WHERE room_id = ? AND seq < ? AND id <> ''`,
  removeMessages: 'DELETE FROM messages WHERE room_id = ? AND seq < ?',
} as const;

type ById = [roomId: number, author: string, id: string];
type Page = [roomId: number, seq: number, entriesMax: number];
type UpTo = [roomId: number, seq: number];
type RoomUpdate = [headSeq: number, tailSeq: number, oldestAtMs: number | null, id: number];
type NewMessage = [
  roomId: number,
  seq: number,
  sentAtMs: number,
  sender: string,
  author: string,
  id: string,
  content: string,
];

/** `sql`, prepared. Rows are lists of columns, and single columns are values. */
export interface Statements {
  readonly begin: Statement<[]>;
  readonly commit: Statement<[]>;
  readonly rollback: Statement<[]>;

  readonly touch: Statement<[]>;

  readonly room: Statement<[name: string], RoomRow>;
  readonly insertRoom: Statement<[name: string]>;
  readonly updateHead: Statement<[headSeq: number, id: number]>;
  readonly updateRoom: Statement<RoomUpdate>;
  readonly oldestRoom: Statement<[sinceMs: number], string>;
  readonly longerRooms: Statement<[entriesMax: number], string>;

  readonly insertMessage: Statement<NewMessage>;
  readonly messageById: Statement<ById, [seq: number, sentAtMs: number, content: string]>;
  readonly spentId: Statement<ById, [seq: number, sentAtMs: number, contentSha256: Buffer]>;
  readonly readAfter: Statement<Page, MessageRow>;
  readonly readBefore: Statement<Page, MessageRow>;

  readonly timesFrom: Statement<UpTo, number>;
  readonly spendIds: Statement<UpTo>;
  readonly removeMessages: Statement<UpTo>;
}

/** Prepares them all; the function `sha256` must be known to the database. */
export function statementsFor(sqlite: Sqlite): Statements {
  return {
    begin: sqlite.prepare(sql.begin),
    commit: sqlite.prepare(sql.commit),
    rollback: sqlite.prepare(sql.rollback),

    touch: sqlite.prepare(sql.touch),

    room: sqlite.prepare<[name: string], RoomRow>(sql.room).raw(),
    insertRoom: sqlite.prepare(sql.insertRoom),
    updateHead: sqlite.prepare(sql.updateHead),
    updateRoom: sqlite.prepare(sql.updateRoom),
    oldestRoom: sqlite.prepare<[number], string>(sql.oldestRoom).pluck(),
    longerRooms: sqlite.prepare<[number], string>(sql.longerRooms).pluck(),

    insertMessage: sqlite.prepare(sql.insertMessage),
    messageById: sqlite.prepare<ById, [number, number, string]>(sql.messageById).raw(),
    spentId: sqlite.prepare<ById, [number, number, Buffer]>(sql.spentId).raw(),
    readAfter: sqlite.prepare<Page, MessageRow>(sql.readAfter).raw(),
    readBefore: sqlite.prepare<Page, MessageRow>(sql.readBefore).raw(),

    timesFrom: sqlite.prepare<UpTo, number>(sql.timesFrom).pluck(),
    spendIds: sqlite.prepare(sql.spendIds),
    removeMessages: sqlite.prepare(sql.removeMessages),
  };
}
