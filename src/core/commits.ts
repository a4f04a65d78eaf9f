import { ChatError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/messages.js';
import { Acks, refuseAll } from './acks.js';
import type { MemoryBudget } from './memory.js';
import type { Appended, Clock, Observer, Store } from './ports.js';
import type { Room } from './room.js';
import { askedAgainMs, type StoreHealth } from './store-health.js';
import type { Submission, Taken } from './submission.js';

/**
 * What may wait for the store before those who send are read more slowly: as much as takes
 * some tens of milliseconds to store and to hand out, as everybody waits for that.
 */
const waitingBytesMax = 8 * 1024 * 1024;
const waitingDraftsMax = 4096;
const waitingDeliveriesMax = 500_000;

/** What a message counts beside its text: many short ones cost memory, too. */
const draftOverheadBytes = 200;

/** An id is a string of any characters. */
const bytesPerChar = 2;

/** An append that takes so long may be in doubt (see `Store`); the store is asked then. */
const slowMs = 1000;

/** What commits are made with. */
export interface CommitsOptions {
  readonly store: Pick<Store, 'append'>;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Is told what became of each append. */
  readonly health: Pick<StoreHealth, 'note' | 'problem'>;
  /** A room has nothing on its way to the store any more. */
  readonly settled: (room: Room) => void;
  /** Is told what drafts take until they are settled. */
  readonly memory: MemoryBudget;
}

/** What one append is about. */
interface Commit {
  readonly rooms: readonly Room[];
  /** What was taken from each of them. */
  readonly taken: readonly Taken[];
  /** What all of that takes in memory. */
  readonly bytes: number;
  /** Called when it is settled. */
  readonly callbacks: ReadonlyArray<() => void>;
  readonly outcome: Promise<readonly Appended[] | Error>;
}

/**
 * The write path. All messages of one turn of the event loop, of all rooms, go to the
 * store as one append. While it is on its way the next one fills up, so a slow disk gets
 * larger appends instead of more. When the store has them, and not before, the rooms
 * hand them out and their senders get their acks.
 */
export class Commits {
  readonly #options: CommitsOptions;
  /** The rooms with messages for the next append. */
  #rooms: Room[] = [];
  #waitingBytes = 0;
  #bytesHeld = 0;
  #waitingDrafts = 0;
  #waitingDeliveries = 0;
  #isDue = false;
  #isCommitting = false;
  /** Called when all that has been published by now is settled. */
  #callbacks: Array<() => void> = [];

  constructor(options: CommitsOptions) {
    this.#options = options;
  }

  /** Whether so much waits that whoever sends should wait, too. */
  get isFull(): boolean {
    return (
      this.#waitingBytes > waitingBytesMax ||
      this.#waitingDrafts > waitingDraftsMax ||
      this.#waitingDeliveries > waitingDeliveriesMax
    );
  }

  /** What it has of the memory for all. */
  get bytesHeld(): number {
    return this.#bytesHeld;
  }

  /** Publishes a message; it gets its number, and its readers get it, when the store has it. */
  publish(room: Room, submission: Submission): void {
    if (room.publish(submission)) this.#rooms.push(room);
    const bytes = weightBytes(submission);
    this.#waitingBytes += bytes;
    this.#bytesHeld += bytes;
    this.#options.memory.hold(bytes);
    this.#waitingDrafts += 1;
    this.#waitingDeliveries += room.members.size;
    this.#flushLater();
  }

  /** Calls back when all that was published before has been handed out or refused. */
  whenSettled(callback: () => void): void {
    this.#callbacks.push(callback);
    this.#flushLater();
  }

  #flushLater(): void {
    if (this.#isDue || this.#isCommitting) return;
    this.#isDue = true;
    this.#options.clock.endOfTurn(() => {
      this.#isDue = false;
      void this.#flush();
    });
  }

  /** One append after another, until nothing is left to do. */
  async #flush(): Promise<void> {
    this.#isCommitting = true;
    for (let commit = this.#next(); commit !== undefined;) {
      const outcome = await commit.outcome;
      // If enough waits, the store goes on while this is handed out.
      let following = this.#isWorthOverlapping(commit) ? this.#next() : undefined;
      this.#settle(commit, outcome);
      if (following === undefined && this.#hasMore) {
        await this.#turn();
        following = this.#next();
      }
      commit = following;
    }
    this.#isCommitting = false;
  }

  get #hasMore(): boolean {
    return this.#rooms.length > 0 || this.#callbacks.length > 0;
  }

  /** Sends to the store all that waits; undefined if that is nothing. */
  #next(): Commit | undefined {
    if (!this.#hasMore) return undefined;
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    const { rooms, taken, bytes } = this.#take();
    const outcome = rooms.length === 0 ? Promise.resolve([]) : this.#append(taken);
    return { rooms, taken, bytes, callbacks, outcome };
  }

  /** Takes all messages that wait. */
  #take(): Pick<Commit, 'rooms' | 'taken' | 'bytes'> {
    const rooms = this.#rooms;
    const bytes = this.#waitingBytes;
    this.#rooms = [];
    this.#waitingBytes = 0;
    this.#waitingDrafts = 0;
    this.#waitingDeliveries = 0;
    return { rooms, taken: rooms.map((room) => room.take()), bytes };
  }

  async #append(taken: readonly Taken[]): Promise<readonly Appended[] | Error> {
    const { store, clock, observer } = this.#options;
    const begunAtMs = clock.monotonicMs();
    const stopWatching = this.#watch();
    try {
      const results = await store.append(taken);
      observer.committed?.(clock.monotonicMs() - begunAtMs);
      return results;
    } catch (error) {
      return error as Error;
    } finally {
      stopWatching();
    }
  }

  /**
   * While an append is in doubt, what comes after it is not given to the store: it is refused, so
   * that nobody waits for an answer for as long as that takes. Returns what ends the watch.
   */
  #watch(): () => void {
    const { clock, health } = this.#options;
    let isOver = false;
    const check = async (): Promise<void> => {
      const problem = await health.problem();
      if (isOver) return;
      if (problem !== undefined && this.#rooms.length > 0) {
        const { rooms, taken, bytes } = this.#take();
        this.#release(bytes);
        this.#fail(rooms, taken, problem);
      }
      cancel = clock.after(slowMs, () => void check());
    };
    let cancel = clock.after(slowMs, () => void check());
    return () => {
      isOver = true;
      cancel();
    };
  }

  #release(bytes: number): void {
    this.#bytesHeld -= bytes;
    this.#options.memory.release(bytes);
  }

  /**
   * Whether what waits is more than a few words for many readers. What a hand-out costs is
   * the number of its readers first; so for those it is better to wait until the answers
   * to this hand-out are there, too, and to have one larger append instead of two.
   */
  #isWorthOverlapping({ rooms }: Commit): boolean {
    let readers = 0;
    for (const room of rooms) readers += room.members.size;
    return this.#waitingDrafts > readers;
  }

  /** All that has arrived by now is read when it is over. */
  async #turn(): Promise<void> {
    const { clock } = this.#options;
    // The first one ends the turn that is under way, which may be past its reading.
    await new Promise<void>((resolve) => clock.endOfTurn(() => clock.endOfTurn(resolve)));
  }

  #settle({ rooms, taken, bytes, callbacks }: Commit, outcome: readonly Appended[] | Error): void {
    this.#release(bytes);
    if (outcome instanceof Error) this.#fail(rooms, taken, outcome);
    else if (rooms.length > 0) this.#handOut(rooms, taken, outcome);
    for (const callback of callbacks) callback();
  }

  #handOut(rooms: readonly Room[], taken: readonly Taken[], results: readonly Appended[]): void {
    this.#options.health.note(undefined);
    const acks = new Acks();
    for (const [index, room] of rooms.entries()) {
      const batch = room.appended(taken[index]!, results[index]!);
      if (batch !== undefined) this.#options.observer.appended?.(room.name, batch.entries);
      acks.add(taken[index]!, results[index]!);
      this.#options.settled(room);
    }
    acks.send();
  }

  #fail(rooms: readonly Room[], taken: readonly Taken[], cause: Error): void {
    this.#options.health.note(cause);
    const advice = { cause, retryAfterMs: askedAgainMs };
    const error = new ChatError(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE, undefined, advice);
    refuseAll(taken, error);
    for (const room of rooms) {
      room.failed();
      this.#options.settled(room);
    }
  }
}

function weightBytes({ start, end, id }: Submission): number {
  return end - start + id.length * bytesPerChar + draftOverheadBytes;
}
