import type { Room } from './room.js';
import type { Session } from './session.js';

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

  constructor(session: Session, room: Room) {
    this.session = session;
    this.room = room;
  }

  /** Leaves the live set behind `seq`; `readOn` brings it back. */
  fallBehind(seq: number): void {
    this.#seq = seq;
    this.room.removeLive(this);
  }

  /**
   * Gives the connection what follows, until it is full or the head is reached.
   * Returns whether the cursor is live again.
   */
  readOn(): boolean {
    const { log } = this.room;
    for (;;) {
      if (this.#seq < log.tailSeq - 1) {
        this.session.tellGap(this.room.name, this.#seq + 1, log.tailSeq - 1);
        this.#seq = log.tailSeq - 1;
      }
      const batch = log.batchAfter(this.#seq);
      if (batch === undefined) {
        this.room.addLive(this);
        return true;
      }
      this.#seq = batch.lastSeq;
      if (!this.session.write(this.room.frames(batch, this.session.form))) return false;
    }
  }
}
