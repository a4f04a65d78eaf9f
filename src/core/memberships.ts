import { Cursor, type CursorParts } from './cursor.js';
import type { Room } from './room.js';
import type { Rooms } from './rooms.js';
import { isForChat } from './rights.js';
import type { Session } from './session.js';

/** What memberships need. */
export interface MembershipsParts extends CursorParts {
  readonly rooms: Pick<Rooms, 'lobby' | 'closeIfIdle'>;
}

/** The rooms that a session is in, and where in each of them. */
export class Memberships {
  readonly #session: Session;
  readonly #parts: MembershipsParts;
  /** Most sessions are in the lobby and nowhere else: a map for that would cost too much. */
  #lobby: Cursor | undefined;
  #others: Map<string, Cursor> | undefined;
  /** Those that read at the connection's pace; the first is the next one to. */
  #lagging: Set<Cursor> | undefined;

  /** In the lobby, at its head, or nowhere, if that is not for everybody or it comes for the server. */
  constructor(session: Session, parts: MembershipsParts) {
    this.#session = session;
    this.#parts = parts;
    if (isForChat(session.rights)) this.enterLobby();
  }

  /** Is in the lobby, at its head. */
  enterLobby(): void {
    const { lobby } = this.#parts.rooms;
    this.#lobby = new Cursor(this.#session, lobby, this.#parts);
    lobby.enter(this.#lobby);
    lobby.addLive(this.#lobby);
  }

  get count(): number {
    return (this.#lobby === undefined ? 0 : 1) + (this.#others?.size ?? 0);
  }

  /** Whether nothing has to be read for the session any more, as far as the logs go by now. */
  get areServed(): boolean {
    return this.#lagging === undefined || this.#lagging.size === 0;
  }

  in(room: string): Cursor | undefined {
    return this.#lobby?.room.name === room ? this.#lobby : this.#others?.get(room);
  }

  /** Enters a room, or moves within it: what follows `seq` comes next, with `readOn`. */
  join(room: Room, seq: number, wantsPresence: boolean): void {
    let cursor = this.in(room.name);
    if (cursor === undefined) {
      cursor = new Cursor(this.#session, room, this.#parts);
      if (room === this.#parts.rooms.lobby) this.#lobby = cursor;
      else (this.#others ??= new Map()).set(room.name, cursor);
      room.enter(cursor);
    }
    if (wantsPresence) room.presence.watch(cursor);
    else room.presence.unwatch(cursor);
    this.startLagging(cursor, seq);
  }

  /** Has what follows `seq` in the lobby, if it is still there. */
  beginAt(seq: number): void {
    const cursor = this.#lobby;
    if (cursor !== undefined && seq < cursor.room.headSeq) this.startLagging(cursor, seq);
  }

  leave(cursor: Cursor): void {
    const { room } = cursor;
    this.#lagging?.delete(cursor);
    if (cursor === this.#lobby) this.#lobby = undefined;
    else this.#others?.delete(room.name);
    cursor.retire();
    this.#parts.rooms.closeIfIdle(room);
  }

  leaveAll(): void {
    if (this.#lobby !== undefined) this.leave(this.#lobby);
    for (const cursor of this.#others?.values() ?? []) this.leave(cursor);
  }

  /** Takes a cursor out of the live set: from `seq` on it reads at the connection's pace. */
  startLagging(cursor: Cursor, seq: number): void {
    cursor.startLagging(seq);
    (this.#lagging ??= new Set()).add(cursor);
  }

  /** Nothing is owed but what there is now: what comes later is for others. */
  endAtHeads(): void {
    this.#lobby?.endAtHead();
    for (const cursor of this.#others?.values() ?? []) cursor.endAtHead();
  }

  /** Gives up on what has not been read. */
  forgetLagging(): void {
    this.#lagging?.clear();
  }

  /** Lets the lagging cursors read on, until the connection is full. */
  readOn(): void {
    for (const cursor of this.#lagging ?? []) {
      // What came with the last one, who is there for instance, may have been too much.
      if (this.#session.isFull) return;
      const progress = cursor.readOn();
      if (progress === 'loading') continue;
      this.#lagging?.delete(cursor);
      if (progress === 'served') continue;
      // Next time the others come first.
      this.#lagging?.add(cursor);
      return;
    }
  }

  /** Not of a session that has given up on what it had not read. */
  checkInvariants(): void {
    for (const cursor of [this.#lobby, ...(this.#others?.values() ?? [])]) {
      cursor?.checkInvariants(this.#lagging?.has(cursor) === true);
    }
  }

  /** Calls `change`, which changes the rendering of what the session is sent from now on. */
  rewrite(change: () => void): void {
    const cursor = this.#lobby;
    const isLive = cursor !== undefined && cursor.room.isLive(cursor);
    if (isLive) cursor.room.removeLive(cursor);
    change();
    if (isLive) cursor.room.addLive(cursor);
  }

  /** Calls `change`, which makes the session another person's, and tells those who want to know. */
  reenter(change: () => void): void {
    const cursors = [...(this.#others?.values() ?? [])];
    if (this.#lobby !== undefined) cursors.push(this.#lobby);
    for (const cursor of cursors) cursor.room.depart(cursor);
    change();
    for (const cursor of cursors) cursor.room.arrive(cursor);
  }
}
