import type { ListedRoom, LogState, Range, RoomRange, Stretch } from '../../core/ports.js';
import type { Sqlite, Statement } from './database-file.js';
import { isDamage } from '../errors.js';
import type { Slot } from './heads-file.js';
import { changeKinds, type PackedSlice } from './packed.js';
import { listRooms } from './room-rows.js';
import { checkIsNew, isOld, isWhole, roomOf, type Room } from './rows.js';
import { readStatementsFor, type MessageRow, type ReadStatements } from './statements.js';

/** What is known of damage is forgotten when it becomes too much. */
const knownMax = 10_000;

/**
 * After damage the first so many numbers are tried one by one; further away the steps grow,
 * so that half a database is passed with some thousand tries.
 */
const singleSteps = 256;

/**
 * Reads rooms from a database, which another connection may write to meanwhile. Each
 * call sees one state of it, the newest that is committed. It trusts no row: each has to be
 * the one that was written, and the next one in its room.
 */
export class LogReader {
  readonly #sqlite: Sqlite;
  readonly #headOf: (roomId: number) => Slot;
  readonly #statements: ReadStatements;
  /** Where damage ends that was found before, so that it is passed only once; see `#nextReadable`. */
  readonly #known = new Map<string, number>();

  /** `headOf` tells how far a room has got that was acknowledged before it was asked. */
  constructor(sqlite: Sqlite, headOf: (roomId: number) => Slot = () => 'damaged') {
    this.#sqlite = sqlite;
    this.#headOf = headOf;
    this.#statements = readStatementsFor(sqlite);
  }

  /** Throws SQLite's error when the room's row cannot be read. */
  state(name: string): LogState {
    return this.#atOnce(() => {
      const { epoch, headSeq, tailSeq, topic } = this.#room(name) ?? this.#unused();
      return { epoch, headSeq, tailSeq, topic };
    });
  }

  /** See `RoomList.list`. Throws SQLite's error when the rooms' rows cannot be read. */
  list(range: RoomRange): ListedRoom[] {
    return this.#atOnce(() => listRooms(this.#statements.listedRooms, range));
  }

  /** See `Store.read`. Throws SQLite's error for anything but damage to messages. */
  read(name: string, range: Range): PackedSlice {
    return this.#atOnce(() => {
      const room = this.#room(name);
      if (room === undefined) return { ...this.#unused(), ...packed([], true, undefined) };
      const { epoch, headSeq, tailSeq, topic } = room;
      return { epoch, headSeq, tailSeq, topic, ...this.#slice(room, range) };
    });
  }

  #slice(room: Room, range: Range): Omit<PackedSlice, keyof LogState> {
    const { headSeq, tailSeq } = room;
    const isAfter = range.direction === 'after';
    const way: Way = isAfter
      ? { room, step: 1, endSeq: headSeq, statement: this.#statements.readFrom }
      : { room, step: -1, endSeq: tailSeq, statement: this.#statements.readDownFrom };
    const from = isAfter ? Math.max(range.seq + 1, tailSeq) : Math.min(range.seq - 1, headSeq);
    if (isBeyond(way, from)) return packed([], isAfter, undefined);
    const rows = this.#rows(way, from, range);
    if (rows.length > 0) return packed(rows, isAfter, undefined);
    const next = this.#nextReadable(way, from);
    const last = next === undefined ? way.endSeq : next - way.step;
    const damaged = { fromSeq: Math.min(from, last), toSeq: Math.max(from, last) };
    return packed(next === undefined ? [] : this.#rows(way, next, range), isAfter, damaged);
  }

  /** The entries from one on, up to the first that is damaged or missing. */
  #rows(way: Way, from: number, { entriesMax, charsMax }: Range): MessageRow[] {
    const { room, step } = way;
    const rows: MessageRow[] = [];
    let chars = 0;
    let seq = from;
    while (rows.length < entriesMax && !isBeyond(way, seq)) {
      const count = Math.min(rowsAtOnce, entriesMax - rows.length);
      const next = rowsFrom(way, seq, count);
      for (const row of next) {
        if (row[0] !== seq || isBeyond(way, seq) || !isWhole(room, row)) return rows;
        chars += row[5].length;
        if (chars > charsMax && rows.length > 0) return rows;
        rows.push(row);
        seq += step;
      }
      if (next.length < count) break;
    }
    return rows;
  }

  /** The next message that can be read, in this direction, after a damaged one; undefined for none. */
  #nextReadable(way: Way, damagedSeq: number): number | undefined {
    const { room, step, endSeq } = way;
    const key = `${room.id} ${damagedSeq} ${step}`;
    let seq = this.#known.get(key) ?? damagedSeq + step;
    let badSeq = seq - step;
    let found: number | undefined;
    while (!isBeyond(way, seq)) {
      found = this.#tryFrom(way, seq);
      if (found !== undefined) break;
      if (seq === endSeq) break;
      badSeq = seq;
      seq += step * (1 + Math.floor(Math.abs(seq - damagedSeq) / singleSteps));
      if (isBeyond(way, seq)) seq = endSeq;
    }
    // The last step may have gone over some that can be read.
    for (let low = badSeq; found !== undefined && Math.abs(seq - low) > 1;) {
      const middle = low + step * Math.floor(Math.abs(seq - low) / 2);
      const nearer = this.#tryFrom(way, middle);
      if (nearer === undefined) low = middle;
      else {
        seq = middle;
        found = nearer;
      }
    }
    if (this.#known.size >= knownMax) this.#known.clear();
    this.#known.set(key, found ?? endSeq + step);
    return found;
  }

  /** The first message from `seq` on, if it can be read and is one that there may be. */
  #tryFrom(way: Way, seq: number): number | undefined {
    const { room, step, statement } = way;
    try {
      const row = statement.get(room.id, seq, 1);
      if (row === undefined || isBeyond(way, row[0]) || (row[0] - seq) * step < 0) return undefined;
      return isWhole(room, row) ? row[0] : undefined;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return undefined;
    }
  }

  #room(name: string): Room | undefined {
    const found = this.#find(name);
    const acknowledged = this.#headOf(found.id);
    if (!isOld(found.headSeq, acknowledged)) return found.room;
    // It was acknowledged since this state of the database was taken: the next one has it.
    this.#sqlite.exec('ROLLBACK');
    this.#sqlite.exec('BEGIN');
    const newer = this.#find(name);
    if (newer.id === found.id) checkIsNew(name, newer.headSeq, acknowledged);
    return newer.room;
  }

  /** A room; where there is none, the id that the next one gets, and no messages. */
  #find(name: string): Found {
    const row = this.#statements.room.get(name);
    if (row === undefined) {
      return { id: (this.#statements.lastRoomId.get() ?? 0) + 1, headSeq: 0, room: undefined };
    }
    const room = roomOf(name, row);
    return { id: room.id, headSeq: room.headSeq, room };
  }

  #unused(): LogState {
    return { epoch: this.#statements.epochOfNewRooms.get()!, headSeq: 0, tailSeq: 1, topic: '' };
  }

  /** All that is read in between belongs to one state of the database. */
  #atOnce<Result>(read: () => Result): Result {
    this.#sqlite.exec('BEGIN');
    try {
      return read();
    } finally {
      // Nothing was written; after damage, a commit would fail with the same error once more.
      this.#sqlite.exec('ROLLBACK');
    }
  }
}

interface Found {
  readonly id: number;
  readonly headSeq: number;
  readonly room: Room | undefined;
}

/** A room, read upwards or downwards. */
interface Way {
  readonly room: Room;
  readonly step: 1 | -1;
  /** The last number in this direction. */
  readonly endSeq: number;
  readonly statement: Statement<[roomId: number, seq: number, entriesMax: number], MessageRow>;
}

/** So many rows at once take a third less time than row by row. */
const rowsAtOnce = 64;

/** The next rows, as far as they can be had. */
function rowsFrom({ room, statement }: Way, seq: number, count: number): MessageRow[] {
  try {
    return statement.all(room.id, seq, count);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  // Those before the page that is damaged.
  const rows: MessageRow[] = [];
  try {
    for (const row of statement.iterate(room.id, seq, count)) rows.push(row);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return rows;
}

function isBeyond({ step, endSeq }: Way, seq: number): boolean {
  return (seq - endSeq) * step > 0;
}

function packed(
  rows: MessageRow[],
  isAfter: boolean,
  damaged: Stretch | undefined,
): Omit<PackedSlice, keyof LogState> {
  if (!isAfter) rows.reverse();
  const texts: string[] = [];
  const timesMs: number[] = [];
  let marks: number[] | undefined;
  for (const [, sentAtMs, sender, , id, content, , change, targetSeq, editedAtMs] of rows) {
    if (change !== null || editedAtMs !== null) {
      const kind = (changeKinds as readonly (string | null)[]).indexOf(change);
      marks ??= [];
      marks.push(timesMs.length, kind, targetSeq ?? 0, editedAtMs ?? 0);
    }
    texts.push(id, sender, content);
    timesMs.push(sentAtMs);
  }
  return { damaged, texts, timesMs, firstSeq: rows[0]?.[0] ?? 0, marks };
}
