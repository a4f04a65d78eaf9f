/**
 * Looks, before a database is served, whether its rooms have got as far as was acknowledged
 * once (heads-file.ts). Where one has not, its numbers would be given a second time: so it
 * gets a new epoch, which readers that come back are told of, and the numbering goes on.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { newEpoch, startsAhead, type Sqlite } from './database-file.js';
import { StoreOpenError } from '../errors.js';
import { HeadsFile, type Slot } from './heads-file.js';
import { isRoomWhole, roomsOf, updateRoom, type RoomRow } from './room-rows.js';

/** Something that was found damaged or missing, for the log. */
export interface Finding {
  /** A sentence. */
  readonly problem: string;
  /** The names of some of the rooms that it concerns, and how many there are. */
  readonly rooms: readonly string[];
  readonly roomCount: number;
}

/** How many rooms are named. */
const namesMax = 10;

/** Why a room gets a new epoch. */
const reasons = {
  shorter: 'rooms have lost their newest messages and got a new epoch',
  row: 'rows of the table of rooms are damaged; these rooms got a new epoch',
  slot: 'entries of some rooms in the file of heads are damaged; these rooms got a new epoch',
  missing: 'the file of heads is missing; all rooms got a new epoch',
  foreign: 'the file of heads is damaged or belongs to another database; all rooms got a new epoch',
} as const;

type Reason = keyof typeof reasons;

/**
 * Compares, and gives new epochs; the database has its schema, and nobody else writes to
 * it. Returns the file, as it is to be kept from now on, and what was found.
 */
export function checkNumbering(sqlite: Sqlite, headsPath: string): Checked {
  checkRoomsAreReadable(sqlite);
  const value = sqlite.prepare<[string], unknown>('SELECT value FROM meta WHERE key = ?').pluck();
  const knownId = value.get('heads') as Buffer | undefined;
  const starts = value.get('starts') as number;
  const file = knownId === undefined ? 'first' : HeadsFile.open(headsPath, knownId);
  return typeof file === 'string'
    ? withoutFile(sqlite, headsPath, file, starts)
    : withFile(sqlite, headsPath, file, starts);
}

interface Checked {
  readonly heads: HeadsFile;
  readonly findings: readonly Finding[];
}

function withFile(sqlite: Sqlite, headsPath: string, file: HeadsFile, starts: number): Checked {
  const judged = judge(sqlite, file);
  // Whoever came in a start that is lost is not to be taken for somebody who comes now.
  const startsNow = Math.max(starts, file.starts + 1);
  const isLosing = judged.damaged.size > 0 || judged.areRoomsGone;
  if (startsNow === starts && !isLosing) {
    file.setStarts(starts);
    return { heads: file, findings: [] };
  }
  renewAll(sqlite, judged, startsNow, (id) => file.slot(id));
  file.close();
  const heads = HeadsFile.create(headsPath, file.databaseId, headsOf(sqlite), startsNow);
  return { heads, findings: findingsOf(judged) };
}

function withoutFile(
  sqlite: Sqlite,
  headsPath: string,
  why: 'first' | 'missing' | 'foreign',
  starts: number,
): Checked {
  const isReplaced = why === 'first' && existsSync(headsPath);
  const judged = judge(sqlite, why);
  const startsNow = why === 'first' ? starts : starts + startsAhead;
  const databaseId = randomBytes(16);
  renewAll(sqlite, judged, startsNow, () => 0);
  // First the file: a database that knows of one misses it.
  const heads = HeadsFile.create(headsPath, databaseId, headsOf(sqlite), startsNow);
  sqlite.prepare(`INSERT OR REPLACE INTO meta VALUES ('heads', ?)`).run(databaseId);
  const problem = 'this is not the database that was served here before';
  const replaced = isReplaced ? [{ problem, rooms: [], roomCount: 0 }] : [];
  return { heads, findings: [...replaced, ...findingsOf(judged)] };
}

/** Gives new epochs, and makes sure that they are not lost again with the write-ahead log. */
function renewAll(
  sqlite: Sqlite,
  { damaged, areRoomsGone }: Judgement,
  starts: number,
  slotOf: (roomId: number) => Slot,
): void {
  sqlite.transaction(() => {
    if (areRoomsGone) renewEpochOfNewRooms(sqlite);
    for (const room of roomsOf(sqlite)) if (room.checkSum === null) updateRoom(sqlite, room);
    for (const [room] of damaged) renew(sqlite, room, slotOf(room.id));
    sqlite.prepare(`UPDATE meta SET value = ? WHERE key = 'starts'`).run(starts);
  })();
  sqlite.pragma('wal_checkpoint(TRUNCATE)');
}

/** The table is small and decides where messages belong: without it nothing is served. */
function checkRoomsAreReadable(sqlite: Sqlite): void {
  for (const table of ['rooms', 'meta']) {
    const verdict = sqlite.pragma(`integrity_check(${table})`, { simple: true }) as string;
    if (verdict === 'ok') continue;
    const where = sqlite.name;
    const [what] = verdict.replace(/^\*.*\n/, '').split('\n');
    throw new StoreOpenError(
      `${where} is damaged in its table ${table}: ${what}`,
      'SQLITE_CORRUPT',
    );
  }
}

/** What is known of the heads, or why nothing is; there is none at the first start. */
type KnownHeads = HeadsFile | 'first' | 'missing' | 'foreign';

interface Judgement {
  readonly damaged: ReadonlyMap<RoomRow, Reason>;
  /** There were rooms that the database does not have any more, nobody knows which. */
  readonly areRoomsGone: boolean;
}

function judge(sqlite: Sqlite, file: KnownHeads): Judgement {
  const damaged = new Map<RoomRow, Reason>();
  const ids = new Set<number>();
  for (const room of roomsOf(sqlite)) {
    ids.add(room.id);
    const reason = damageOf(room, file);
    if (reason !== undefined) damaged.set(room, reason);
  }
  // A damaged row may have had another name.
  const areNamesWrong = [...damaged.values()].includes('row');
  if (file === 'first') return { damaged, areRoomsGone: areNamesWrong };
  if (typeof file === 'string') return { damaged, areRoomsGone: true };
  const areGone = file.roomIds().some((id) => !ids.has(id) && file.slot(id) !== 0);
  return { damaged, areRoomsGone: areNamesWrong || areGone };
}

function damageOf(room: RoomRow, file: KnownHeads): Reason | undefined {
  const { id, headSeq, checkSum } = room;
  // None was written before there were any, and before there was such a file.
  if (!isRoomWhole(room) && (checkSum !== null || file !== 'first')) return 'row';
  if (file === 'first') return undefined;
  if (typeof file === 'string') return file;
  const slot = file.slot(id);
  if (slot === 'damaged') return 'slot';
  return slot > headSeq ? 'shorter' : undefined;
}

/** Gives a room a new epoch, and a head and a tail that hold what is there. */
function renew(sqlite: Sqlite, room: RoomRow, slot: Slot): void {
  const { id } = room;
  let { headSeq, tailSeq } = room;
  if (!isRoomWhole(room)) {
    const [first, last] = sqlite
      .prepare<[number, number], [number | null, number | null]>(
        'SELECT (SELECT min(seq) FROM messages WHERE room_id = ?), (SELECT max(seq) FROM messages WHERE room_id = ?)',
      )
      .raw()
      .get(id, id)!;
    headSeq = Math.max(last ?? 0, slot === 'damaged' ? 0 : slot);
    tailSeq = first ?? headSeq + 1;
  }
  updateRoom(sqlite, { ...room, headSeq, tailSeq, epoch: newEpoch() });
}

function renewEpochOfNewRooms(sqlite: Sqlite): void {
  sqlite.prepare(`UPDATE meta SET value = ? WHERE key = 'epoch'`).run(newEpoch());
}

function headsOf(sqlite: Sqlite): Map<number, number> {
  return new Map(roomsOf(sqlite).map(({ id, headSeq }) => [id, headSeq]));
}

function findingsOf({ damaged, areRoomsGone }: Judgement): Finding[] {
  const names = new Map<Reason, string[]>();
  for (const [{ name }, reason] of damaged) names.set(reason, [...(names.get(reason) ?? []), name]);
  const findings = Array.from(names, ([reason, rooms]): Finding => {
    return { problem: reasons[reason], rooms: rooms.slice(0, namesMax), roomCount: rooms.length };
  });
  if (!areRoomsGone || names.has('missing') || names.has('foreign')) return findings;
  const problem = 'some rooms are missing from the database; new rooms get a new epoch';
  return [...findings, { problem, rooms: [], roomCount: 0 }];
}
