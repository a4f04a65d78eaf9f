import { ChatError } from '../protocol/errors.js';
import { ErrorCode, GapReason } from '../protocol/messages.js';
import type { Batch } from './batch.js';
import type { Rendering } from './rendering.js';
import { invariant } from './invariant.js';
import type { Piece } from './log.js';
import { errorNotice, gapNotice } from './notices.js';
import type { Person } from './people.js';
import type { Clock, Observer } from './ports.js';
import type { Reads } from './reads.js';
import { memberRights } from './rights.js';
import type { Room } from './room.js';
import type { Session } from './session.js';
import type { Subscriber } from './subscriber.js';

/**
 * How far `readOn` got: to its end, which mostly is the head, where it is live; until the
 * connection was full; or until the store had to be asked.
 */
export type Progress = 'served' | 'full' | 'loading';

/** How long after a failure the store is asked again. */
const retryMs = 1000;

/** A reader that waits for a store that fails is told at once, and then so often. */
const tellAgainMs = 60_000;

/** What cursors read with. */
export interface CursorParts {
  readonly clock: Clock;
  readonly observer: Observer;
  readonly reads: Reads;
}

/**
 * A session's position in a room's log. Everything that a session gets of a room, it
 * gets at its cursor: the cursor is either live, which means at the head, and the
 * room hands it each new batch; or it is lagging, and reads on from the log as fast
 * as its connection takes it, until it is at the head again.
 *
 * Nobody waits for a lagging cursor, and it has no queue of its own: it is
 * one number.
 */
export class Cursor implements Subscriber {
  readonly session: Session;
  readonly room: Room;
  /** What its session may do in the room, as bits; see `rights`. */
  rights: number = memberRights;
  readonly #parts: CursorParts;
  /** The last seq that was given to the connection; kept only while lagging. */
  #seq = 0;
  #isLoading = false;
  /** When it has to be told again that the store fails; undefined while it does not. */
  #tellAtMs: number | undefined;
  /** Where it ends, if it is not to be live again. */
  #endSeq: number | undefined;
  /** Grows when the cursor is put elsewhere, so that what was asked for before is not given. */
  #moves = 0;

  constructor(session: Session, room: Room, parts: CursorParts) {
    this.session = session;
    this.room = room;
    this.#parts = parts;
  }

  get rendering(): Rendering {
    return this.session.rendering;
  }

  get name(): string {
    return this.session.name;
  }

  get person(): Person | undefined {
    return this.session.person;
  }

  deliver(bytes: Uint8Array, seq: number): void {
    if (!this.session.write(bytes) && this.room.isLive(this)) {
      this.session.memberships.startLagging(this, seq);
    }
  }

  /** Leaves the live set at `seq`; `readOn` brings it back. */
  startLagging(seq: number): void {
    this.#seq = seq;
    this.#isLoading = false;
    this.#tellAtMs = undefined;
    this.#moves += 1;
    this.room.removeLive(this);
  }

  /** Gets what there is now, and nothing after it. */
  endAtHead(): void {
    this.#endSeq = this.room.log.headSeq;
    this.room.removeLive(this);
  }

  /** Gives nothing any more, not even what has been asked for. */
  retire(): void {
    this.#moves += 1;
    this.room.leave(this);
  }

  /** Gives the connection what follows, as far as it can now. */
  readOn(): Progress {
    const { log } = this.room;
    while (!this.#isLoading) {
      if (this.#seq >= (this.#endSeq ?? log.headSeq)) {
        if (this.#endSeq !== undefined) return 'served';
        this.room.addLive(this);
        // Who is there is told now, and that may have been too much.
        return this.room.isLive(this) ? 'served' : 'full';
      }
      const batch = log.inMemory(this.#seq);
      if (batch === undefined) this.#load();
      else if (!this.#give(batch)) return 'full';
    }
    return 'loading';
  }

  /** `isLagging` is whether it is one of those that its session lets read on. */
  checkInvariants(isLagging: boolean): void {
    const { log, name } = this.room;
    invariant(this.room.members.has(this), `a cursor is in its room, ${name}`);
    const isEnding = this.#endSeq !== undefined;
    const isLive = this.room.isLive(this);
    invariant(
      isLive !== isLagging || (isEnding && !isLive),
      `a cursor in ${name} is live or reads on`,
    );
    if (!isLagging) return;
    invariant(this.#seq >= 0 && this.#seq <= log.headSeq, `a cursor is within the log of ${name}`);
  }

  #load(): void {
    const moves = this.#moves;
    const { session, room } = this;
    const isStale = (): boolean => moves !== this.#moves || !session.takesMessages;
    this.#isLoading = true;
    const seq = this.#seq;
    const read = async (): Promise<Piece | undefined> => {
      if (isStale()) return undefined;
      const batch = room.log.inMemory(seq);
      return batch === undefined ? await room.log.load(seq) : { damaged: undefined, batch };
    };
    this.#parts.reads.run(session, read).then(
      (piece) => {
        if (isStale()) return;
        this.#isLoading = false;
        this.#tellAtMs = undefined;
        this.#giveLoaded(piece);
        session.readOn();
      },
      () => {
        if (isStale()) return;
        this.#tellFailure();
        this.#parts.clock.after(retryMs, () => {
          if (isStale()) return;
          this.#isLoading = false;
          session.readOn();
        });
      },
    );
  }

  #giveLoaded(piece: Piece | undefined): void {
    const { log } = this.room;
    if (piece === undefined) {
      this.#skipTo(log.tailSeq - 1, GapReason.GAP_REASON_EXPIRED);
      return;
    }
    const { damaged, batch } = piece;
    if (damaged !== undefined) {
      this.#skipTo(damaged.fromSeq - 1, GapReason.GAP_REASON_EXPIRED);
      this.#skipTo(damaged.toSeq, GapReason.GAP_REASON_DAMAGED);
    }
    if (batch !== undefined) this.#give(batch.after(this.#seq));
  }

  /** What follows cannot be read now; it comes when it can be. */
  #tellFailure(): void {
    const { session, room } = this;
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs < (this.#tellAtMs ?? nowMs)) return;
    this.#tellAtMs = nowMs + tellAgainMs;
    const sentence = `the messages of ${room.name} cannot be read at the moment; they will follow`;
    const error = new ChatError(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE, sentence);
    this.#parts.observer.refused?.(error.code);
    session.tell(errorNotice(session.rendering, error, ''));
  }

  #give(batch: Batch): boolean {
    this.#skipTo(batch.firstSeq - 1, GapReason.GAP_REASON_EXPIRED);
    this.#seq = batch.lastSeq;
    this.#parts.observer.delivered?.(batch.entries.length);
    const bytes = this.room.bytes(batch, this.session.rendering);
    return bytes.length === 0 || this.session.write(bytes);
  }

  /** Goes on after `seq`, and says so if something is left out. */
  #skipTo(seq: number, reason: GapReason): void {
    if (seq <= this.#seq) return;
    const { rendering } = this.session;
    this.session.tell(gapNotice(rendering, this.room.name, this.#seq + 1, seq, reason));
    this.#seq = seq;
  }
}
