import { chatMessage, encodeFrame } from '../protocol/codec.js';
import type { Cursor } from './cursor.js';
import type { Room, RoomParts } from './room.js';

/** Changes that come within this time are told together; so many people cost one message. */
const delayMs = 100;

/** The same when there are more members than are listed. */
const crowdDelayMs = 1000;

/**
 * Tells those who asked for it who comes to a room and who goes. Its cost grows with
 * members and changes alike, so there is nothing of it for those who did not ask,
 * and above a number of members it only counts.
 */
export class Presence {
  readonly #room: Room;
  readonly #parts: RoomParts;
  /** Whether each watcher knows all that was told up to now; a slow one misses changes. */
  #watchers: Map<Cursor, boolean> | undefined;
  /** Who came (1) and who went (-1) since it was last told; those who did both are 0. */
  readonly #changes = new Map<string, number>();
  #isDue = false;
  /** Whether the watchers have only a number, as there were too many to list. */
  #wasCrowd = false;

  constructor(room: Room, parts: RoomParts) {
    this.#room = room;
    this.#parts = parts;
  }

  get #isCrowd(): boolean {
    return this.#room.members.size > this.#parts.membersListedMax;
  }

  /** Tells somebody who is in the room, now, and from now on what changes. */
  watch(cursor: Cursor): void {
    this.#watchers ??= new Map();
    this.#watchers.set(cursor, true);
    cursor.session.write(this.#snapshot());
  }

  unwatch(cursor: Cursor): void {
    this.#watchers?.delete(cursor);
    if (this.#watchers?.size === 0) {
      this.#watchers = undefined;
      this.#changes.clear();
    }
  }

  changed(name: string, change: 1 | -1): void {
    if (this.#watchers === undefined) return;
    this.#changes.set(name, (this.#changes.get(name) ?? 0) + change);
    if (this.#isDue) return;
    this.#isDue = true;
    this.#parts.clock.after(this.#isCrowd ? crowdDelayMs : delayMs, () => this.#tell());
  }

  /** A cursor is live again; if it watches and has missed something it is told all. */
  caughtUp(cursor: Cursor): void {
    if (this.#watchers?.get(cursor) !== false) return;
    this.#watchers.set(cursor, true);
    cursor.session.write(this.#snapshot());
  }

  #tell(): void {
    this.#isDue = false;
    const changes = Array.from(this.#changes).filter(([, sum]) => sum !== 0);
    this.#changes.clear();
    if (this.#watchers === undefined || changes.length === 0) return;
    const frame =
      this.#isCrowd || this.#wasCrowd
        ? this.#snapshot()
        : this.#frame(namesWith(changes, 1), namesWith(changes, -1), false);
    this.#wasCrowd = this.#isCrowd;
    for (const watcher of this.#watchers.keys()) {
      // Who is behind would only have more to wait for.
      const isLive = this.#room.isLive(watcher);
      if (isLive) watcher.session.write(frame);
      else this.#watchers.set(watcher, false);
    }
  }

  #snapshot(): Uint8Array {
    return this.#frame(this.#isCrowd ? [] : memberNames(this.#room), [], true);
  }

  #frame(joined: readonly string[], left: readonly string[], snapshot: boolean): Uint8Array {
    const presence = {
      room: this.#room.name,
      joined: joined.map((name) => ({ name })),
      left: left.map((name) => ({ name })),
      count: this.#room.members.size,
      snapshot,
    };
    return encodeFrame(chatMessage({ control: { $case: 'presence', presence } }));
  }
}

/** Everybody in a room, by name. */
export function memberNames(room: Room): string[] {
  return Array.from(room.members, ({ session }) => session.name);
}

function namesWith(changes: ReadonlyArray<readonly [string, number]>, change: number): string[] {
  return changes.filter(([, sum]) => Math.sign(sum) === change).map(([name]) => name);
}
