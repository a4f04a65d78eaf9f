/** The schema that databases had before rooms had epochs and messages had checksums. */
export const schemaOfVersion1 = `
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
`;
