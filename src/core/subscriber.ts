import type { Rendering } from './rendering.js';
import type { VisitedRoom } from './people.js';

/** A person, who may be in a room with several sessions; see `Person`. */
export interface Visitor {
  enter(room: VisitedRoom): boolean;
  leave(room: VisitedRoom): boolean;
}

/** Somebody who is in a room, as far as the room knows it. */
export interface Subscriber {
  /** How it wants to be told; it is the same for as long as the subscriber is live. */
  readonly rendering: Rendering;
  /** What others see. */
  readonly name: string;
  /** Who it is; undefined for somebody who is here only once. */
  readonly person: Visitor | undefined;
  /**
   * Sends bytes; it has all entries up to `seq` then. One that takes no more after that leaves
   * the live set, and reads on from there at its own pace.
   */
  deliver(bytes: Uint8Array, seq: number): void;
}

/** Those who are in a room. */
export interface Attendance {
  readonly name: string;
  readonly members: ReadonlySet<Subscriber>;
  /** How many people they are: somebody who is there twice counts once. */
  readonly peopleCount: number;
  readonly headSeq: number;
  isLive(subscriber: Subscriber): boolean;
}
