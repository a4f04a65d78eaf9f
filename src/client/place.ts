import type { Control } from '../protocol/messages.js';
import { GapReason } from '../protocol/messages.js';
import type { JoinedRoom, Position, RoomGap } from './events.js';

type Join = Extract<Control, { $case: 'join' }>['join'];

/** Where to begin in a room. */
export interface JoinOptions {
  /** That many messages of history, or as many as there are; 0 for none. */
  readonly last?: number;
  /** Everything after this position, instead. */
  readonly after?: Position;
  /** Whether to be told who comes and goes. */
  readonly presence?: boolean;
}

/**
 * What to do with something that has arrived for a room: deliver it, drop it because it
 * belongs to an earlier place or was there before, or give the connection up because
 * something is missing before it.
 */
export type Verdict = 'deliver' | 'drop' | 'broken';

/**
 * This client's place in the log of one room, kept from one connection to the next.
 * Every message after it is delivered once and in order, and it moves over none that
 * no gap was told for (chat.proto, "Rooms").
 */
export class Place {
  /** The last message that was delivered, or told to be missing. */
  position: Position | undefined;
  /** What the room is about, as far as the position goes, or further. */
  topic = '';
  /** The room is being left: what it says is of no interest any more. */
  isLeaving = false;
  /** The join on this connection that decides; undefined when it is yet to be sent. */
  joinId: string | undefined;
  /** Whether that join has been answered. */
  isIn = false;
  /** Where to begin instead of at the position, until a join with it was answered. */
  #start: Join['start'] | 'live' | undefined;
  #presence: boolean;
  /** Joined with another epoch than the position's, whose gap has not come yet. */
  #announced: JoinedRoom | undefined;
  #history: { readonly headSeq: number; messages: number } | undefined;

  constructor(options: JoinOptions) {
    this.#presence = options.presence ?? false;
    this.move(options);
  }

  /** The epoch of the room's log now; empty when that is not known. */
  get epoch(): string {
    return this.#announced?.epoch ?? this.position?.epoch ?? '';
  }

  /** Begins elsewhere with the next join. */
  move({ last, after, presence = this.#presence }: JoinOptions): void {
    this.#presence = presence;
    this.isLeaving = false;
    if (after !== undefined) this.#start = { $case: 'after', after: { ...after } };
    else this.#start = last === undefined ? 'live' : { $case: 'last', last };
    this.reset();
  }

  /** A new connection knows nothing of this room yet. */
  reset(): void {
    this.joinId = undefined;
    this.isIn = false;
  }

  /** The request that leads to this place. */
  join(room: string): Join {
    return { room, start: this.#nextStart(), presence: this.#presence };
  }

  /** The join was answered. */
  joined(joined: JoinedRoom): void {
    const start = this.#nextStart();
    const isResumed = this.#start === undefined;
    this.isIn = true;
    this.topic = joined.topic;
    this.#start = undefined;
    this.#announced = undefined;
    const { epoch, firstSeq, headSeq } = joined;
    if (start?.$case !== 'after') {
      this.position = { epoch, seq: firstSeq - 1 };
    } else if (start.after.epoch === '') {
      // Whatever epoch there is: a number alone.
      this.position = { epoch, seq: Math.min(start.after.seq, headSeq) };
    } else {
      this.position = start.after;
      const isForeign = start.after.epoch !== epoch || start.after.seq > headSeq;
      if (isForeign) this.#announced = joined;
    }
    const messages = isResumed ? (this.#history?.messages ?? 0) : 0;
    this.#history = start === undefined ? undefined : { headSeq, messages };
  }

  /**
   * The join was refused. Returns whether the client is in the room all the same, at its
   * earlier place, from where it is to be resumed.
   */
  refused(): boolean {
    const isMoved = this.#start !== undefined && this.position !== undefined;
    if (isMoved) this.#start = undefined;
    return isMoved;
  }

  /** A message of this room has arrived. */
  take(seq: number): Verdict {
    const verdict = this.pass(seq);
    const history = this.#history;
    if (verdict === 'deliver' && history !== undefined && seq <= history.headSeq) {
      history.messages += 1;
    }
    return verdict;
  }

  /** An entry of this room has arrived, of whatever kind. */
  pass(seq: number): Verdict {
    const { position } = this;
    if (!this.isIn || this.isLeaving || position === undefined) return 'drop';
    if (this.#announced !== undefined) return 'broken';
    if (seq <= position.seq) return 'drop';
    if (seq > position.seq + 1) return 'broken';
    this.position = { epoch: position.epoch, seq };
    return 'deliver';
  }

  /** A gap was told. */
  skip({ fromSeq, toSeq, reason }: RoomGap): Verdict {
    const { position } = this;
    if (!this.isIn || this.isLeaving || position === undefined) return 'drop';
    if (reason === GapReason.GAP_REASON_EPOCH) {
      // Without a joined before it the new numbering is not known: joining again tells.
      if (this.#announced === undefined) return 'broken';
      const { epoch, firstSeq } = this.#announced;
      this.position = { epoch, seq: firstSeq - 1 };
      this.#announced = undefined;
      return 'deliver';
    }
    if (this.#announced !== undefined || fromSeq > position.seq + 1) return 'broken';
    if (toSeq <= position.seq) return 'drop';
    this.position = { epoch: position.epoch, seq: toSeq };
    return 'deliver';
  }

  /** How many messages of history were delivered, once, when the last of it is reached. */
  caughtUp(): number | undefined {
    const history = this.#history;
    if (history === undefined || this.#announced !== undefined) return undefined;
    if (this.position === undefined || this.position.seq < history.headSeq) return undefined;
    this.#history = undefined;
    return history.messages;
  }

  #nextStart(): Join['start'] {
    if (this.#start === 'live' || this.isLeaving) return undefined;
    if (this.#start !== undefined) return this.#start;
    return this.position === undefined
      ? undefined
      : { $case: 'after', after: { ...this.position } };
  }
}
