import { schemaOfVersion1 } from './schema-1.js';

/** The schema that databases had before there were entries of other kinds than messages. */
export const schemaOfVersion3 = `${schemaOfVersion1}
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

  -- The name of each person who has one; see HeldName.
  CREATE TABLE names (
    person TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- Milliseconds since 1970; 0 while the person is here.
    until_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;
