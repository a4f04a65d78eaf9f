import { applicationId, type Sqlite, type Statement } from './database-file.js';
import { listedRooms, type RoomRow } from './room-rows.js';

/** The columns of a room's row, but for its name. */
export type RoomColumns = [
  id: number,
  headSeq: number,
  tailSeq: number,
  oldestAtMs: number | null,
  epoch: string,
  checkSum: number,
  uncheckedSeq: number,
  topic: string,
];

/** A row of the table `messages`, but for its room. */
export type MessageRow = [
  seq: number,
  sentAtMs: number,
  sender: string,
  author: string,
  id: string,
  content: string,
  checkSum: number | null,
  change: string | null,
  targetSeq: number | null,
  editedAtMs: number | null,
];

const entryColumns =
  'seq, sent_at_ms, sender, author, id, content, check_sum, change, target_seq, edited_at_ms';

/** How many messages one statement inserts, where there are so many. */
export const messagesAtOnce = 8;

function insertionOf(messages: number): string {
  const rows = Array<string>(messages).fill('(?, ?, ?, ?, ?, ?, ?, ?)');
  return `
    INSERT INTO messages (room_id, seq, sent_at_ms, sender, author, id, content, check_sum)
    VALUES ${rows.join(', ')}
    ON CONFLICT (room_id, author, id) WHERE id <> '' DO NOTHING`;
}

/** What is asked of the database while it is served, in SQL. */
export const sql = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',

  /** Writes a page in any case: a row that stays the same SQLite would not write. */
  touch: `PRAGMA application_id = ${applicationId}`,

  room: `
    SELECT id, head_seq, tail_seq, oldest_at_ms, epoch, check_sum, unchecked_seq, topic
    FROM rooms WHERE name = ?`,
  headOf: 'SELECT head_seq FROM rooms WHERE name = ?',
  epochOfNewRooms: `SELECT value FROM meta WHERE key = 'epoch'`,
  lastRoomId: 'SELECT max(id) FROM rooms',
  insertRoom: 'INSERT INTO rooms (name, head_seq, tail_seq, epoch) VALUES (?, 0, 1, ?)',
  updateHead: 'UPDATE rooms SET head_seq = ?, check_sum = ? WHERE id = ?',
  updateRoom: `
    UPDATE rooms SET head_seq = ?, tail_seq = ?, oldest_at_ms = ?, check_sum = ? WHERE id = ?`,
  setTopic: 'UPDATE rooms SET topic = ? WHERE id = ?',
  listedRooms,
  oldestRoom: 'SELECT name FROM rooms WHERE oldest_at_ms < ? ORDER BY oldest_at_ms LIMIT 1',
  /** The only one that looks at all rooms. */
  longerRooms: 'SELECT name FROM rooms WHERE head_seq - tail_seq >= ?',

  // A seq that is taken is no repetition but a failure.
  insertMessage: insertionOf(1),
  insertMessages: insertionOf(messagesAtOnce),
  removeBetween: 'DELETE FROM messages WHERE room_id = ? AND seq > ? AND seq <= ?',
  insertChange: `
    INSERT INTO messages
      (room_id, seq, sent_at_ms, sender, author, id, content, check_sum, change, target_seq)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  editCount: `
    SELECT count(*) FROM messages WHERE room_id = ? AND target_seq = ? AND change = 'edit'`,
  editsOf: `
    SELECT ${entryColumns} FROM messages
    WHERE room_id = ? AND target_seq = ? AND change = 'edit' ORDER BY seq`,
  rewriteEntry: `
    UPDATE messages
    SET content = ?, check_sum = ?, change = ?, target_seq = ?, edited_at_ms = ?
    WHERE room_id = ? AND seq = ?`,
  eraseContent: `UPDATE messages SET content = '' WHERE room_id = ? AND seq = ?`,
  seqOfId: `
    SELECT seq FROM messages WHERE room_id = ? AND author = ? AND id = ? AND id <> ''`,
  spentId: `
    SELECT seq, sent_at_ms, content_sha256, change, target_seq FROM spent_ids
    WHERE room_id = ? AND author = ? AND id = ?`,
  readFrom: `
    SELECT ${entryColumns} FROM messages
    WHERE room_id = ? AND seq >= ? ORDER BY seq LIMIT ?`,
  readDownFrom: `
    SELECT ${entryColumns} FROM messages
    WHERE room_id = ? AND seq <= ? ORDER BY seq DESC LIMIT ?`,

  timesFrom: 'SELECT seq, sent_at_ms FROM messages WHERE room_id = ? AND seq >= ? ORDER BY seq',
  // Those that are there already say more: what the entry was before it was changed.
  spendIds: `
    INSERT INTO spent_ids
      (room_id, author, id, seq, sent_at_ms, content_sha256, change, target_seq)
    SELECT room_id, author, id, seq, sent_at_ms, sha256(content), change, target_seq
    FROM messages WHERE room_id = ? AND seq < ? AND id <> ''
    ON CONFLICT DO NOTHING`,
  spendId: `
    INSERT INTO spent_ids
      (room_id, author, id, seq, sent_at_ms, content_sha256, change, target_seq)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  removeMessages: 'DELETE FROM messages WHERE room_id = ? AND seq < ?',
} as const;

type ById = [roomId: number, author: string, id: string];
type Page = [roomId: number, seq: number, entriesMax: number];
type UpTo = [roomId: number, seq: number];
type At = [roomId: number, seq: number];
type RoomUpdate = [
  headSeq: number,
  tailSeq: number,
  oldestAtMs: number | null,
  checkSum: number,
  id: number,
];
type NewMessage = [
  roomId: number,
  seq: number,
  sentAtMs: number,
  sender: string,
  author: string,
  id: string,
  content: string,
  checkSum: number,
];
/** What one of the columns of a message has. */
export type MessageValue = NewMessage[number];

type NewChange = [...message: NewMessage, change: string, targetSeq: number | null];
type Rewrite = [
  content: string,
  checkSum: number,
  change: string | null,
  targetSeq: number | null,
  editedAtMs: number | null,
  roomId: number,
  seq: number,
];
type SpentId = [
  seq: number,
  sentAtMs: number,
  contentSha256: Buffer,
  change: string | null,
  targetSeq: number | null,
];

/** `sql`, prepared, for who writes. Rows are lists of columns, and single columns are values. */
export interface Statements {
  readonly begin: Statement<[]>;
  readonly commit: Statement<[]>;
  readonly rollback: Statement<[]>;

  readonly touch: Statement<[]>;

  readonly room: Statement<[name: string], RoomColumns>;
  readonly epochOfNewRooms: Statement<[], string>;
  readonly insertRoom: Statement<[name: string, epoch: string]>;
  readonly updateHead: Statement<[headSeq: number, checkSum: number, id: number]>;
  readonly updateRoom: Statement<RoomUpdate>;
  readonly setTopic: Statement<[topic: string, id: number]>;
  readonly oldestRoom: Statement<[sinceMs: number], string>;
  readonly longerRooms: Statement<[entriesMax: number], string>;

  /** Takes the values of `NewMessage`. */
  readonly insertMessage: Statement<MessageValue[]>;
  /** The same for so many as `messagesAtOnce`, one after another. */
  readonly insertMessages: Statement<MessageValue[]>;
  readonly removeBetween: Statement<[roomId: number, afterSeq: number, toSeq: number]>;
  readonly insertChange: Statement<NewChange>;
  readonly editCount: Statement<At, number>;
  readonly editsOf: Statement<At, MessageRow>;
  readonly rewriteEntry: Statement<Rewrite>;
  readonly eraseContent: Statement<At>;
  readonly seqOfId: Statement<ById, number>;
  readonly readFrom: Statement<Page, MessageRow>;
  readonly spentId: Statement<ById, SpentId>;
  readonly spendId: Statement<[...id: ById, ...spent: SpentId]>;

  readonly timesFrom: Statement<UpTo, [seq: number, sentAtMs: number]>;
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

    room: sqlite.prepare<[name: string], RoomColumns>(sql.room).raw(),
    epochOfNewRooms: sqlite.prepare<[], string>(sql.epochOfNewRooms).pluck(),
    insertRoom: sqlite.prepare(sql.insertRoom),
    updateHead: sqlite.prepare(sql.updateHead),
    updateRoom: sqlite.prepare(sql.updateRoom),
    setTopic: sqlite.prepare(sql.setTopic),
    oldestRoom: sqlite.prepare<[number], string>(sql.oldestRoom).pluck(),
    longerRooms: sqlite.prepare<[number], string>(sql.longerRooms).pluck(),

    insertMessage: sqlite.prepare(sql.insertMessage),
    insertMessages: sqlite.prepare(sql.insertMessages),
    removeBetween: sqlite.prepare(sql.removeBetween),
    insertChange: sqlite.prepare(sql.insertChange),
    editCount: sqlite.prepare<At, number>(sql.editCount).pluck(),
    editsOf: sqlite.prepare<At, MessageRow>(sql.editsOf).raw(),
    rewriteEntry: sqlite.prepare(sql.rewriteEntry),
    eraseContent: sqlite.prepare(sql.eraseContent),
    seqOfId: sqlite.prepare<ById, number>(sql.seqOfId).pluck(),
    readFrom: sqlite.prepare<Page, MessageRow>(sql.readFrom).raw(),
    spentId: sqlite.prepare<ById, SpentId>(sql.spentId).raw(),
    spendId: sqlite.prepare(sql.spendId),

    timesFrom: sqlite.prepare<UpTo, [number, number]>(sql.timesFrom).raw(),
    spendIds: sqlite.prepare(sql.spendIds),
    removeMessages: sqlite.prepare(sql.removeMessages),
  };
}

/** Those for who only reads. */
export interface ReadStatements {
  readonly room: Statement<[name: string], RoomColumns>;
  readonly listedRooms: Statement<[from: Buffer, before: Buffer], RoomRow>;
  readonly lastRoomId: Statement<[], number | null>;
  readonly epochOfNewRooms: Statement<[], string>;
  readonly readFrom: Statement<Page, MessageRow>;
  readonly readDownFrom: Statement<Page, MessageRow>;
}

export function readStatementsFor(sqlite: Sqlite): ReadStatements {
  return {
    room: sqlite.prepare<[name: string], RoomColumns>(sql.room).raw(),
    listedRooms: sqlite.prepare<[Buffer, Buffer], RoomRow>(sql.listedRooms),
    lastRoomId: sqlite.prepare<[], number | null>(sql.lastRoomId).pluck(),
    epochOfNewRooms: sqlite.prepare<[], string>(sql.epochOfNewRooms).pluck(),
    readFrom: sqlite.prepare<Page, MessageRow>(sql.readFrom).raw(),
    readDownFrom: sqlite.prepare<Page, MessageRow>(sql.readDownFrom).raw(),
  };
}
