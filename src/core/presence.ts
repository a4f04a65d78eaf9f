import { chatMessage } from '../protocol/codec.js';
import { SharedMessage } from '../protocol/encodings.js';
import { MemberLists, type ListLimits } from './member-lists.js';
import type { Clock } from './ports.js';
import { netChange, type Change } from './presence-changes.js';
import type { Attendance, Subscriber } from './subscriber.js';

/** Changes that come within this time are told together; so many people cost one message. */
const delayMs = 100;

/** The same when there are more members than are listed. */
const crowdDelayMs = 1000;

/**
 * Watchers that came one after another within that time know different parts of what has
 * happened. So many parts are told; who would need yet another one is told everything.
 */
const partsMax = 8;

/** What presence needs of the node. */
export interface PresenceParts {
  readonly clock: Clock;
  readonly limits: ListLimits;
}

/** What a watcher that was lagging does not know: it is told all when it has caught up. */
const everything = -1;

/**
 * Tells those who asked for it who comes to a room and who goes. Its cost grows with
 * members and changes alike, so there is nothing of it for those who did not ask,
 * and above a number of members it only counts.
 */
export class Presence {
  readonly lists: MemberLists;
  readonly #room: Attendance;
  readonly #parts: PresenceParts;
  /** How many of `#changes` each watcher knew when it began, or `everything`. */
  #watchers: Map<Subscriber, number> | undefined;
  /** What has happened since it was last told. */
  #changes: Change[] = [];
  #isDue = false;
  /** Whether the watchers have only a number, as there were too many to list. */
  #hasOnlyCount = false;

  constructor(room: Attendance, parts: PresenceParts) {
    this.#room = room;
    this.#parts = parts;
    this.lists = new MemberLists(room, parts.limits);
  }

  /** Tells somebody who is in the room, now, and from now on what changes. */
  watch(subscriber: Subscriber): void {
    this.#watchers ??= new Map();
    this.#watchers.set(subscriber, this.#changes.length);
    this.#write(subscriber, this.lists.snapshot);
  }

  unwatch(subscriber: Subscriber): void {
    this.#watchers?.delete(subscriber);
    if (this.#watchers?.size !== 0) return;
    this.#watchers = undefined;
    this.#changes = [];
  }

  changed(name: string, sign: 1 | -1): void {
    this.#add({ name, sign });
  }

  /** Somebody who is there has another name. */
  renamed(before: string, name: string): void {
    this.#add({ name: before, sign: -1 });
    this.#add({ name, sign: 1, before });
  }

  #add(change: Change): void {
    this.lists.changed();
    if (this.#watchers === undefined) return;
    this.#changes.push(change);
    if (this.#isDue) return;
    this.#isDue = true;
    const { clock, limits } = this.#parts;
    const isCrowd = this.#room.peopleCount > limits.membersListedMax;
    clock.after(isCrowd ? crowdDelayMs : delayMs, () => this.#tell());
  }

  /** One is live again; if it watches and has missed something it is told all. */
  caughtUp(subscriber: Subscriber): void {
    if (this.#watchers?.get(subscriber) === everything) this.watch(subscriber);
  }

  #tell(): void {
    this.#isDue = false;
    const changes = this.#changes;
    this.#changes = [];
    if (this.#watchers === undefined) return;
    /** By how many of the changes were known before; most watchers knew none. */
    const messages = new Map<number, SharedMessage | undefined>([[changes.length, undefined]]);
    for (const [watcher, known] of this.#watchers) {
      // A lagging watcher would only have more to wait for.
      const isLive = known !== everything && this.#room.isLive(watcher);
      this.#watchers.set(watcher, isLive ? 0 : everything);
      if (!isLive) continue;
      if (!messages.has(known)) {
        const isOneMore = messages.size < partsMax;
        messages.set(known, isOneMore ? this.#change(changes.slice(known)) : this.lists.snapshot);
      }
      const message = messages.get(known);
      if (message !== undefined) this.#write(watcher, message);
    }
    this.#hasOnlyCount = this.lists.members === undefined;
  }

  /** A watcher that takes no more lags from here on, and is told all when it has caught up. */
  #write(watcher: Subscriber, message: SharedMessage): void {
    watcher.deliver(message.bytes(watcher.rendering.encoding), this.#room.headSeq);
  }

  /** Undefined when nothing has changed in the end. */
  #change(changes: readonly Change[]): SharedMessage | undefined {
    if (this.#hasOnlyCount || this.lists.members === undefined) return this.lists.snapshot;
    const { joined, left, renamed } = netChange(changes, this.#room.members);
    if (joined.length + left.length === 0) return undefined;
    if (!this.lists.fits([...joined, ...left])) return this.lists.snapshot;
    const { name: room, peopleCount: count } = this.#room;
    const presence = { room, joined, left, count, snapshot: false, renamed };
    return new SharedMessage(chatMessage({ control: { $case: 'presence', presence } }));
  }
}
