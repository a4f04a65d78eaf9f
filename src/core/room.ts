import type { MessageWriters } from '../protocol/encodings.js';
import type { Batch } from './batch.js';
import type { Rendering } from './rendering.js';
import type { BatchCache } from './batch-cache.js';
import { invariant } from './invariant.js';
import type { Log } from './log.js';
import { Drafts } from './drafts.js';
import { Entries } from './entries.js';
import type { Appended, Observer, Store } from './ports.js';
import type { VisitedRoom } from './people.js';
import { Presence, type PresenceParts } from './presence.js';
import type { Submission, Submitter, Taken } from './submission.js';
import type { Attendance, Subscriber } from './subscriber.js';

/** What all rooms are made with. */
export interface RoomParts extends PresenceParts {
  readonly store: Store;
  readonly cache: BatchCache;
  /** Scratch space for encoding, shared with whoever does not use it meanwhile. */
  readonly writers: MessageWriters;
  readonly observer: Observer;
}

/** So much memory is made at once for the texts that follow those of the last append. */
const textBytesExpectedMax = 32 * 1024;

/** A room with somebody in it: its log, its subscribers, and what is about to be appended. */
export class Room implements Attendance, VisitedRoom {
  readonly log: Log;
  readonly presence: Presence;
  readonly #parts: RoomParts;
  readonly #members = new Set<Subscriber>();
  /** Those at the head, by how they want to be told. */
  readonly #live = new Map<Rendering, Set<Subscriber>>();
  /** Members whose person is there with another one as well. */
  #repeated = 0;
  /** What goes to the store next; undefined when that is nothing. */
  #drafts: Drafts | undefined;
  /** Whom to answer, for each of them. */
  #submitters: Submitter[] = [];
  /** How much text went to the store the last time. */
  #textBytes = 0;
  /** Appends on their way to the store. */
  #appends = 0;
  /** How many are about to enter. */
  #holds = 0;

  constructor(log: Log, parts: RoomParts) {
    this.log = log;
    this.#parts = parts;
    this.presence = new Presence(this, parts);
  }

  get name(): string {
    return this.log.room;
  }

  get headSeq(): number {
    return this.log.headSeq;
  }

  /** Whether nothing would be lost without this object. */
  get isIdle(): boolean {
    const isEmpty = this.#members.size === 0 && this.#holds === 0;
    return isEmpty && this.#drafts === undefined && this.#appends === 0;
  }

  /** Keeps the room from being idle, until it is `released`. */
  held(): this {
    this.#holds += 1;
    return this;
  }

  released(): void {
    this.#holds -= 1;
  }

  /** All who are in the room. */
  get members(): ReadonlySet<Subscriber> {
    return this.#members;
  }

  get peopleCount(): number {
    return this.#members.size - this.#repeated;
  }

  enter(subscriber: Subscriber): void {
    this.#members.add(subscriber);
    this.arrive(subscriber);
  }

  leave(subscriber: Subscriber): void {
    this.removeLive(subscriber);
    this.presence.unwatch(subscriber);
    if (this.#members.delete(subscriber)) this.depart(subscriber);
  }

  /** A member is a certain person from now on. */
  arrive({ person, name }: Subscriber): void {
    if (person?.enter(this) === false) this.#repeated += 1;
    else this.presence.changed(name, 1);
  }

  /** A member is not that person any more. */
  depart({ person, name }: Subscriber): void {
    if (person?.leave(this) === false) this.#repeated -= 1;
    else this.presence.changed(name, -1);
  }

  /** Adds a message to those that go to the store next; returns whether it is the first of them. */
  publish(submission: Submission): boolean {
    this.#drafts ??= new Drafts(Math.min(this.#textBytes, textBytesExpectedMax));
    this.#drafts.add(submission);
    return this.#submitters.push(submission.submitter) === 1;
  }

  /** What was published since the last time, at least one message; `appended` or `failed` follows. */
  take(): Taken {
    const drafts = this.#drafts!.seal();
    const submitters = this.#submitters;
    this.#drafts = undefined;
    this.#submitters = [];
    this.#textBytes = drafts.textBytes;
    this.#appends += 1;
    return { room: this.name, drafts, submitters };
  }

  /**
   * The store has what was taken: every live subscriber is handed what is new, one batch,
   * encoded once per rendering, with one write per session. The number of writes is what a
   * fan-out costs, so a busy turn costs hardly more than a quiet one.
   */
  appended({ drafts }: Taken, { firstSeq, notAdded }: Appended): Batch | undefined {
    this.#appends -= 1;
    const added = drafts.without(notAdded.map(({ index }) => index));
    if (added.length === 0) return undefined;
    const batch = this.log.append(Entries.ofDrafts(added, firstSeq));
    for (const [rendering, live] of this.#live) this.#fanOut(batch, rendering, live);
    return batch;
  }

  failed(): void {
    this.#appends -= 1;
  }

  bytes(batch: Batch, rendering: Rendering): Uint8Array {
    return batch.bytes(rendering, this.#parts.writers);
  }

  addLive(subscriber: Subscriber): void {
    const { rendering } = subscriber;
    const live = this.#live.get(rendering);
    if (live === undefined) this.#live.set(rendering, new Set([subscriber]));
    else live.add(subscriber);
    this.presence.caughtUp(subscriber);
  }

  removeLive(subscriber: Subscriber): void {
    this.#live.get(subscriber.rendering)?.delete(subscriber);
  }

  isLive(subscriber: Subscriber): boolean {
    return this.#live.get(subscriber.rendering)?.has(subscriber) === true;
  }

  checkInvariants(): void {
    this.log.checkInvariants();
    for (const [rendering, live] of this.#live) {
      for (const subscriber of live) {
        invariant(
          subscriber.rendering === rendering,
          `those who are live in ${this.name} are told in their rendering`,
        );
        invariant(this.#members.has(subscriber), `those who are live in ${this.name} are in it`);
      }
    }
  }

  #fanOut(batch: Batch, rendering: Rendering, live: ReadonlySet<Subscriber>): void {
    if (live.size === 0) return;
    const bytes = this.bytes(batch, rendering);
    // Those who get messages only have nothing to get.
    if (bytes.length === 0) return;
    const { lastSeq } = batch;
    this.#parts.observer.delivered?.(live.size * batch.entries.length);
    for (const subscriber of live) subscriber.deliver(bytes, lastSeq);
  }
}
