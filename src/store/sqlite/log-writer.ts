import { AccountRows, isRead, type AccountCall } from './account-rows.js';
import type { HeldName, Retention, Trimmed } from '../../core/ports.js';
import type { Sqlite } from './database-file.js';
import { DraftWriter } from './draft-writer.js';
import type { HeadsFile } from './heads-file.js';
import { digest, type OnNotAdded } from './known-drafts.js';
import { namesOf, saveNames } from './name-rows.js';
import { PackedDrafts } from './packed-drafts.js';
import { notAddedKinds, type PackedAppended, type PackedAppends } from './packed.js';
import { areThere, checkIsNew, checkSumOf, roomOf, type Room } from './rows.js';
import type { ServedFiles } from './served-files.js';
import { statementsFor, type Statements } from './statements.js';
import { Transactions } from './transactions.js';

/** How many rooms are kept in memory; the others are looked up. */
const roomsInMemoryMax = 10_000;

/** What it works on; see `ServedDatabase`. */
export interface OpenDatabase {
  readonly sqlite: Sqlite;
  readonly heads: HeadsFile;
  readonly files: ServedFiles;
}

/**
 * What `Store` does that changes something, on an open database, one at a time and
 * synchronous. What crosses between the threads arrives and leaves in packed form.
 *
 * Invariant: a room in memory stands as it does in the database; after a failure, when
 * that is not certain, none is in memory.
 */
export class LogWriter {
  readonly #sqlite: Sqlite;
  readonly #heads: HeadsFile;
  readonly #files: ServedFiles;
  readonly #statements: Statements;
  readonly #drafts: DraftWriter;
  readonly #accounts: AccountRows;
  readonly #transactions: Transactions;
  readonly #trimRowsMax: number;
  readonly #rooms = new Map<string, Room>();
  /** Rooms that may have more entries than `#entriesMax`, by name; complete once that is known. */
  readonly #overfull = new Set<string>();
  #entriesMax: number | undefined;

  /**
   * `trimRowsMax` bounds what one `trim` removes, and so how long an append waits for it:
   * with random ids, which are the worst, about 25 µs per row.
   */
  constructor({ sqlite, heads, files }: OpenDatabase, trimRowsMax = 250) {
    this.#sqlite = sqlite;
    this.#heads = heads;
    this.#files = files;
    this.#trimRowsMax = trimRowsMax;
    sqlite.function('sha256', { deterministic: true }, digest);
    this.#statements = statementsFor(sqlite);
    this.#drafts = new DraftWriter(this.#statements);
    this.#accounts = new AccountRows(sqlite);
    this.#transactions = new Transactions({
      sqlite,
      files,
      statements: this.#statements,
      onFailed: () => this.#forget(),
    });
  }

  /** Returns a promise while it is in doubt; see `Store.append`. */
  append(appends: PackedAppends): PackedAppended | Promise<PackedAppended> {
    this.#checkFiles();
    const grown = new Set<Room>();
    return this.#transactions.runSurely({
      perform: () => this.#append(appends, grown),
      isThere: (sqlite) => areThere(sqlite, grown),
      onCommitted: () => this.#witness(grown),
    });
  }

  /** Adds to `grown` the rooms that get entries. */
  #append(appends: PackedAppends, grown: Set<Room>): PackedAppended {
    const { rooms, counts } = appends;
    const drafts = new PackedDrafts(appends);
    const firstSeqs: number[] = [];
    const notAdded: number[] = [];
    let start = 0;
    for (let index = 0; index < rooms.length; index += 1) {
      const room = this.#roomToWrite(rooms[index]!);
      const firstSeq = room.headSeq + 1;
      firstSeqs.push(firstSeq);
      const end = start + counts[index]!;
      this.#appendTo(room, drafts, start, end, (draft, kind, seq, sentAtMs) => {
        notAdded.push(index, draft - start, notAddedKinds.indexOf(kind), seq, sentAtMs);
      });
      if (room.headSeq >= firstSeq) grown.add(room);
      start = end;
    }
    return { firstSeqs, notAdded };
  }

  /** Commits a write that leaves everything as it is. */
  probe(): void {
    this.#checkFiles();
    this.#transactions.run(() => this.#statements.touch.run());
  }

  names(): HeldName[] {
    return namesOf(this.#sqlite);
  }

  saveNames(names: readonly HeldName[]): void {
    this.#checkFiles();
    this.#transactions.run(() => saveNames(this.#sqlite, names));
  }

  accounts(call: AccountCall): unknown {
    if (isRead(call)) return this.#accounts.perform(call);
    this.#checkFiles();
    return this.#transactions.run(() => this.#accounts.perform(call));
  }

  trim(retention: Retention): Trimmed {
    this.#checkFiles();
    return this.#transactions.run(() => {
      this.#findOverfull(retention.entriesMax);
      const tails = new Map<string, number>();
      let rowsLeft = this.#trimRowsMax;
      let name = this.#nextToTrim(retention.sinceMs);
      while (name !== undefined && rowsLeft > 0) {
        const room = this.#room(name)!;
        const removed = this.#trimRoom(room, retention, rowsLeft);
        if (!this.#isOverfull(room)) this.#overfull.delete(name);
        if (removed > 0) tails.set(name, room.tailSeq);
        // A room that turns out to need nothing costs something, too.
        rowsLeft -= Math.max(1, removed);
        name = this.#nextToTrim(retention.sinceMs);
      }
      const rooms = Array.from(tails, ([room, tailSeq]) => ({ room, tailSeq }));
      return { rooms, isMore: name !== undefined };
    });
  }

  /** What is in doubt now stays so. */
  close(): void {
    this.#transactions.close();
  }

  /** Nothing is committed to files that are gone, nor while the heads cannot be written. */
  #checkFiles(): void {
    this.#files.check();
    this.#heads.write();
  }

  /** What is committed now may be acknowledged: so it is written down beside the database. */
  #witness(rooms: ReadonlySet<Room>): void {
    for (const { id, headSeq } of rooms) this.#heads.note(id, headSeq);
    try {
      this.#heads.write();
    } catch {
      // It is committed all the same, and said to be. Nothing more is until this is written.
    }
  }

  #appendTo(
    room: Room,
    drafts: PackedDrafts,
    start: number,
    end: number,
    onNotAdded: OnNotAdded,
  ): void {
    const { updateHead, updateRoom } = this.#statements;
    const wasEmpty = room.headSeq < room.tailSeq;
    this.#drafts.write(room, drafts, start, end, onNotAdded);
    // The time of the oldest has an index, which is better left alone.
    const checkSum = checkSumOf(room);
    if (wasEmpty) updateRoom.run(room.headSeq, room.tailSeq, room.oldestAtMs, checkSum, room.id);
    else updateHead.run(room.headSeq, checkSum, room.id);
    if (this.#isOverfull(room)) this.#overfull.add(room.name);
  }

  /** Removes at most `rowsMax` of what need not be kept in one room; returns how many it were. */
  #trimRoom(room: Room, { entriesMax, sinceMs }: Retention, rowsMax: number): number {
    const { timesFrom, spendIds, removeMessages, updateRoom } = this.#statements;
    const stopSeq = Math.min(room.tailSeq + rowsMax, room.headSeq + 1);
    const wantedSeq = entriesMax === 0 ? room.tailSeq : room.headSeq + 1 - entriesMax;
    let tailSeq = Math.min(Math.max(wantedSeq, room.tailSeq), stopSeq);
    // One more than can be removed: the time of the oldest that stays is needed. Where
    // messages are missing, what follows them tells.
    let oldestAtMs: number | null = null;
    for (const [seq, sentAtMs] of timesFrom.iterate(room.id, tailSeq)) {
      tailSeq = Math.min(Math.max(seq, tailSeq), stopSeq);
      oldestAtMs = sentAtMs;
      if (tailSeq === stopSeq || sentAtMs >= sinceMs) break;
      tailSeq += 1;
      oldestAtMs = null;
    }
    const removed = tailSeq - room.tailSeq;
    if (removed === 0) return 0;
    spendIds.run(room.id, tailSeq);
    removeMessages.run(room.id, tailSeq);
    room.tailSeq = tailSeq;
    room.oldestAtMs = oldestAtMs;
    updateRoom.run(room.headSeq, tailSeq, oldestAtMs, checkSumOf(room), room.id);
    return removed;
  }

  /** Looks at all rooms once; later, appends notice which become too long. */
  #findOverfull(entriesMax: number): void {
    if (this.#entriesMax === entriesMax) return;
    this.#overfull.clear();
    this.#entriesMax = entriesMax;
    if (entriesMax === 0) return;
    for (const name of this.#statements.longerRooms.iterate(entriesMax)) this.#overfull.add(name);
  }

  #isOverfull({ headSeq, tailSeq }: Room): boolean {
    const entriesMax = this.#entriesMax ?? 0;
    return entriesMax > 0 && headSeq - tailSeq >= entriesMax;
  }

  #nextToTrim(sinceMs: number): string | undefined {
    const [overfull] = this.#overfull;
    return overfull ?? this.#statements.oldestRoom.get(sinceMs);
  }

  #room(name: string): Room | undefined {
    const inMemory = this.#rooms.get(name);
    if (inMemory !== undefined) return inMemory;
    const row = this.#statements.room.get(name);
    if (row === undefined) return undefined;
    const room = roomOf(name, row);
    checkIsNew(name, room.headSeq, this.#heads.slot(room.id));
    return this.#remember(room);
  }

  #roomToWrite(name: string): Room {
    const known = this.#room(name);
    if (known !== undefined) return known;
    const epoch = this.#statements.epochOfNewRooms.get()!;
    const id = Number(this.#statements.insertRoom.run(name, epoch).lastInsertRowid);
    this.#heads.reserve(id);
    checkIsNew(name, 0, this.#heads.slot(id));
    const unused = { headSeq: 0, tailSeq: 1, oldestAtMs: null, uncheckedSeq: 0, topic: '' };
    return this.#remember({ name, id, epoch, ...unused });
  }

  #remember(room: Room): Room {
    if (this.#rooms.size >= roomsInMemoryMax) this.#rooms.clear();
    this.#rooms.set(room.name, room);
    return room;
  }

  /** After a failure it is not certain that the rooms stand as they do in memory. */
  #forget(): void {
    this.#rooms.clear();
    this.#overfull.clear();
    this.#entriesMax = undefined;
  }
}
