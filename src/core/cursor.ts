import { GapReason } from '../protocol/messages.js';
import type { Batch } from './batch.js';
import { gapNotice } from './notices.js';
import type { Room } from './room.js';
import type { Session } from './session.js';

/**
 * How far `readOn` got: to its end, which mostly is the head, where it is live; until the
 * connection was full; or until the store had to be asked.
 */
export type Progress = 'served' | 'full' | 'loading';

/** How long after a failure the store is asked again. */
const retryMs = 1000;

/**
 * A session's place in a room's log. Everything that a session gets of a room, it
 * gets at its cursor: the cursor is either live, which means at the head, and the
 * room hands it each new batch; or it is behind, and reads on from the log as fast
 * as its connection takes it, until it is at the head again.
 *
 * Nobody waits for a cursor that is behind, and it has no queue of its own: it is
 * one number.
 */
export class Cursor {
  readonly session: Session;
  readonly room: Room;
  /** The last seq that was given to the connection; kept only while behind. */
  #seq = 0;
  #isLoading = false;
  /** Where it ends, if it is not to be live again. */
  #endSeq: number | undefined;
  /** Grows when the cursor is put elsewhere, so that what was asked for before is not given. */
  #moves = 0;

  constructor(session: Session, room: Room) {
    this.session = session;
    this.room = room;
  }

  /** Leaves the live set behind `seq`; `readOn` brings it back. */
  fallBehind(seq: number): void {
    this.#seq = seq;
    this.#isLoading = false;
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
        if (this.#endSeq === undefined) this.room.addLive(this);
        return 'served';
      }
      const batch = log.inMemory(this.#seq);
      if (batch === undefined) this.#load();
      else if (!this.#give(batch)) return 'full';
    }
    return 'loading';
  }

  #load(): void {
    const moves = this.#moves;
    const { session, room } = this;
    const isStale = (): boolean => moves !== this.#moves || !session.takesMessages;
    this.#isLoading = true;
    const seq = this.#seq;
    const read = async (): Promise<Batch | undefined> =>
      room.log.inMemory(seq) ?? room.log.load(seq);
    session.node.reads.run(session, read).then(
      (batch) => {
        if (isStale()) return;
        this.#isLoading = false;
        if (batch === undefined) this.#skipTo(room.log.tailSeq - 1);
        else this.#give(batch.behind(this.#seq));
        session.readOn();
      },
      () => {
        session.node.clock.after(retryMs, () => {
          if (isStale()) return;
          this.#isLoading = false;
          session.readOn();
        });
      },
    );
  }

  #give(batch: Batch): boolean {
    this.#skipTo(batch.firstSeq - 1);
    this.#seq = batch.lastSeq;
    this.session.node.observer.delivered?.(batch.entries.length);
    return this.session.write(this.room.bytes(batch, this.session.form));
  }

  /** Goes on behind `seq`, and says so if something is left out. */
  #skipTo(seq: number): void {
    if (seq <= this.#seq) return;
    const { form } = this.session;
    const reason = GapReason.GAP_REASON_EXPIRED;
    this.session.tell(gapNotice(form, this.room.name, this.#seq + 1, seq, reason));
    this.#seq = seq;
  }
}
