/**
 * The database's schema: the steps that led to it. A database knows how many of them it
 * has taken (`PRAGMA user_version`), and takes the rest when it is opened.
 *
 * A step that has been released is never edited: databases exist that have taken it.
 */
const migrations: readonly string[] = [
  `
  -- What belongs to the database as a whole; see DatabaseFacts.
  CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value ANY NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- The newest number ever given; it stays when the message is removed.
    head_seq INTEGER NOT NULL,
    -- The oldest message that is kept, and its time; head_seq + 1 and NULL for none.
    tail_seq INTEGER NOT NULL,
    oldest_at_ms INTEGER
  ) STRICT;

  -- For those whose oldest messages have become too old. An append changes it only
  -- where there was no message.
  CREATE INDEX rooms_by_age ON rooms (oldest_at_ms);

  -- One row per message, in the order in which rooms are read.
  CREATE TABLE messages (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    seq INTEGER NOT NULL,
    -- Milliseconds since 1970.
    sent_at_ms INTEGER NOT NULL,
    sender TEXT NOT NULL,
    -- Whose id the next one is; empty ids are none.
    author TEXT NOT NULL,
    id TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (room_id, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE UNIQUE INDEX messages_by_id ON messages (room_id, author, id) WHERE id <> '';

  -- The ids of messages that were removed: they are not accepted a second time.
  CREATE TABLE spent_ids (
    room_id INTEGER NOT NULL REFERENCES rooms (id),
    author TEXT NOT NULL,
    id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    sent_at_ms INTEGER NOT NULL,
    content_sha256 BLOB NOT NULL,
    PRIMARY KEY (room_id, author, id)
  ) STRICT, WITHOUT ROWID;

  -- For people: SELECT * FROM history WHERE room = 'lobby' ORDER BY seq DESC LIMIT 10.
  CREATE VIEW history AS
    SELECT
      rooms.name AS room,
      seq,
      strftime('%Y-%m-%dT%H:%M:%S', sent_at_ms / 1000, 'unixepoch')
        || format('.%03dZ', sent_at_ms % 1000) AS time,
      sender,
      content
    FROM messages JOIN rooms ON rooms.id = room_id;
  `,
  `
  -- Names the room's numbering; see LogState. In meta, 'epoch' is now that of rooms that
  -- are made from now on.
  ALTER TABLE rooms ADD COLUMN epoch TEXT NOT NULL DEFAULT '';
  UPDATE rooms SET epoch = (SELECT value FROM meta WHERE key = 'epoch');

  -- See check-sums.ts. NULL only until the database has been opened to be served.
  ALTER TABLE rooms ADD COLUMN check_sum INTEGER;

  -- Messages up to this one were written before there were checksums.
  ALTER TABLE rooms ADD COLUMN unchecked_seq INTEGER NOT NULL DEFAULT 0;
  UPDATE rooms SET unchecked_seq = head_seq;

  ALTER TABLE messages ADD COLUMN check_sum INTEGER;
  `,
  `
  -- The name of each person who has one; see HeldName.
  CREATE TABLE names (
    person TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- Milliseconds since 1970; 0 while the person is here.
    until_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What an entry does: 'edit', 'removal' or 'topic'; NULL for a message. All three columns are
  -- NULL in a message that was never edited: such a row has the checksum that it always had.
  ALTER TABLE messages ADD COLUMN change TEXT;
  -- The message that is edited or removed. A removal that names itself is what is left of
  -- a message.
  ALTER TABLE messages ADD COLUMN target_seq INTEGER;
  -- When a message got its present content.
  ALTER TABLE messages ADD COLUMN edited_at_ms INTEGER;

  -- The edits of a message; plain messages are not in it.
  CREATE INDEX messages_by_target ON messages (room_id, target_seq) WHERE change = 'edit';

  -- An id is also here while its entry is in messages, if that was edited or removed: what the
  -- entry was originally.
  ALTER TABLE spent_ids ADD COLUMN change TEXT;
  ALTER TABLE spent_ids ADD COLUMN target_seq INTEGER;

  -- What the room is about.
  ALTER TABLE rooms ADD COLUMN topic TEXT NOT NULL DEFAULT '';

  -- For people: SELECT * FROM history WHERE room = 'lobby' ORDER BY seq DESC LIMIT 10.
  -- Only messages: ... WHERE room = 'lobby' AND kind = 'message'.
  DROP VIEW history;
  CREATE VIEW history AS
    SELECT
      rooms.name AS room,
      seq,
      strftime('%Y-%m-%dT%H:%M:%S', sent_at_ms / 1000, 'unixepoch')
        || format('.%03dZ', sent_at_ms % 1000) AS time,
      sender,
      CASE
        WHEN change IS NULL THEN 'message'
        WHEN change = 'removal' AND target_seq = seq THEN 'removed message'
        ELSE change
      END AS kind,
      target_seq AS target,
      strftime('%Y-%m-%dT%H:%M:%S', edited_at_ms / 1000, 'unixepoch')
        || format('.%03dZ', edited_at_ms % 1000) AS edited,
      content
    FROM messages JOIN rooms ON rooms.id = room_id;
  `,
  `
  -- People with a name and a password; see AccountRecord. Their names are not in names.
  CREATE TABLE accounts (
    person TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- Empty when the account was removed.
    password_hash TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- There are no two of a name.
  CREATE UNIQUE INDEX accounts_by_name ON accounts (name);

  -- Where they are logged in; see LoginRecord.
  CREATE TABLE logins (
    id TEXT NOT NULL PRIMARY KEY,
    person TEXT NOT NULL REFERENCES accounts (person),
    token_hash BLOB NOT NULL UNIQUE,
    device TEXT NOT NULL,
    client TEXT NOT NULL,
    address TEXT NOT NULL,
    began_at_ms INTEGER NOT NULL,
    used_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX logins_by_person ON logins (person, used_at_ms);
  `,
];

/** How many steps there are: the `user_version` of a current database. */
export const schemaVersion = migrations.length;

/** The steps that a database of this version still has to take, each with its own. */
export function migrationsFrom(
  version: number,
): ReadonlyArray<{ readonly version: number; readonly sql: string }> {
  return migrations
    .map((sql, index) => ({ version: index + 1, sql }))
    .filter((step) => step.version > version);
}
