import { chatMessage } from '../protocol/codec.js';
import { SharedMessage } from '../protocol/encodings.js';
import type { SessionLimits } from '../protocol/limits.js';
import type { Member } from '../protocol/messages.js';
import { utf8Bytes } from '../protocol/utf8.js';
import type { Cursor } from './cursor.js';
import type { Clock } from './ports.js';
import type { Room } from './room.js';

/** Changes that come within this time are told together; so many people cost one message. */
const delayMs = 100;

/** The same when there are more members than are listed. */
const crowdDelayMs = 1000;

/** A tag and a length in front of a member and of the name in it; what a frame has besides. */
const memberHeadBytesMax = 6;
const frameHeadBytesMax = 256;

/** What presence needs of the node. */
export interface PresenceParts {
  readonly clock: Clock;
  readonly limits: Pick<SessionLimits, 'membersListedMax' | 'frameBytesMax'>;
}

/** Who came (1) or went (-1). */
interface Change {
  readonly name: string;
  readonly sign: 1 | -1;
}

/** What a watcher does not know, for having been behind: it is told all when it has caught up. */
const everything = -1;

/**
 * Tells those who asked for it who comes to a room and who goes. Its cost grows with
 * members and changes alike, so there is nothing of it for those who did not ask,
 * and above a number of members it only counts.
 */
export class Presence {
  readonly #room: Room;
  readonly #parts: PresenceParts;
  /** How many of `#changes` each watcher knew when it began, or `everything`. */
  #watchers: Map<Cursor, number> | undefined;
  /** What has happened since it was last told. */
  #changes: Change[] = [];
  #isDue = false;
  /** Whether the watchers have only a number, as there were too many to list. */
  #hasOnlyCount = false;

  constructor(room: Room, parts: PresenceParts) {
    this.#room = room;
    this.#parts = parts;
  }

  /** Everybody in the room, or undefined if that is too much to be told. */
  memberList(): Member[] | undefined {
    const { members } = this.#room;
    if (members.size > this.#parts.limits.membersListedMax) return undefined;
    return this.#fitting(Array.from(members, ({ session }) => ({ name: session.name })));
  }

  /** Tells somebody who is in the room, now, and from now on what changes. */
  watch(cursor: Cursor): void {
    this.#watchers ??= new Map();
    this.#watchers.set(cursor, this.#changes.length);
    this.#write(cursor, this.#snapshot());
  }

  unwatch(cursor: Cursor): void {
    this.#watchers?.delete(cursor);
    if (this.#watchers?.size !== 0) return;
    this.#watchers = undefined;
    this.#changes = [];
  }

  changed(name: string, sign: 1 | -1): void {
    if (this.#watchers === undefined) return;
    this.#changes.push({ name, sign });
    if (this.#isDue) return;
    this.#isDue = true;
    const { clock, limits } = this.#parts;
    const isCrowd = this.#room.members.size > limits.membersListedMax;
    clock.after(isCrowd ? crowdDelayMs : delayMs, () => this.#tell());
  }

  /** A cursor is live again; if it watches and has missed something it is told all. */
  caughtUp(cursor: Cursor): void {
    if (this.#watchers?.get(cursor) === everything) this.watch(cursor);
  }

  #tell(): void {
    this.#isDue = false;
    const changes = this.#changes;
    this.#changes = [];
    if (this.#watchers === undefined) return;
    /** By how many of the changes were known before; most watchers knew none. */
    const messages = new Map<number, SharedMessage | undefined>();
    for (const [watcher, known] of this.#watchers) {
      // Who is behind would only have more to wait for.
      const isLive = known !== everything && this.#room.isLive(watcher);
      this.#watchers.set(watcher, isLive ? 0 : everything);
      if (!isLive) continue;
      if (!messages.has(known)) messages.set(known, this.#change(changes.slice(known)));
      const message = messages.get(known);
      if (message !== undefined) this.#write(watcher, message);
    }
    this.#hasOnlyCount = this.memberList() === undefined;
  }

  /** Who takes no more is behind from here on, and told all when it has caught up. */
  #write(watcher: Cursor, message: SharedMessage): void {
    const { session, room } = watcher;
    if (!session.write(message.bytes(session.form.encoding)) && room.isLive(watcher)) {
      session.places.fallBehind(watcher, room.log.headSeq);
    }
  }

  /** Undefined when nothing has changed in the end. */
  #change(changes: readonly Change[]): SharedMessage | undefined {
    if (this.#hasOnlyCount || this.memberList() === undefined) return this.#snapshot();
    const sums = new Map<string, number>();
    for (const { name, sign } of changes) sums.set(name, (sums.get(name) ?? 0) + sign);
    const joined = membersWith(sums, 1);
    // A name may still be there, with the connection that has taken an older one's place.
    const present = new Set(Array.from(this.#room.members, ({ session }) => session.name));
    const left = membersWith(sums, -1).filter(({ name }) => !present.has(name));
    if (joined.length + left.length === 0) return undefined;
    if (this.#fitting([...joined, ...left]) === undefined) return this.#snapshot();
    return this.#message(joined, left, false);
  }

  #snapshot(): SharedMessage {
    return this.#message(this.memberList() ?? [], [], true);
  }

  #message(joined: Member[], left: Member[], snapshot: boolean): SharedMessage {
    const { name: room, members } = this.#room;
    const presence = { room, joined, left, count: members.size, snapshot };
    return new SharedMessage(chatMessage({ control: { $case: 'presence', presence } }));
  }

  /** The members, if a frame can hold them. */
  #fitting(members: Member[]): Member[] | undefined {
    let bytes = frameHeadBytesMax;
    for (const { name } of members) bytes += utf8Bytes(name) + memberHeadBytesMax;
    return bytes <= this.#parts.limits.frameBytesMax ? members : undefined;
  }
}

function membersWith(sums: ReadonlyMap<string, number>, sign: number): Member[] {
  const names = Array.from(sums).filter(([, sum]) => Math.sign(sum) === sign);
  return names.map(([name]) => ({ name }));
}
