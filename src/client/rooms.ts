import { chatMessage } from '../protocol/codec.js';
import { lobbyName } from '../protocol/limits.js';
import type { ChatMessage } from '../protocol/messages.js';
import type { JoinedRoom } from './events.js';
import { Place, type JoinOptions } from './place.js';

/** A room that a client is in, or is about to be. */
interface Entered {
  readonly place: Place;
  readonly joins: Array<Settle<JoinedRoom>>;
  readonly leaves: Array<Settle<void>>;
}

/** A promise that is settled from here. */
export interface Settle<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** What became of a join that was refused. */
export type RefusedJoin =
  /** The request is none of these, or one that a later join has replaced. */
  | 'unknown'
  /** The client is not in the room, and is not to be. */
  | 'left'
  /** It was in the room before, but what came since it asked was dropped. */
  | 'displaced';

/** The rooms that a client is in, kept from one connection to the next. */
export class Rooms {
  readonly #rooms = new Map<string, Entered>();

  /** The place in a room; undefined for a room that the client is not in. */
  place(room: string): Place | undefined {
    return this.#rooms.get(room)?.place;
  }

  /** The rooms by their names, without those that are being left. */
  entries(): Array<[room: string, place: Place]> {
    return Array.from(this.#rooms, ([room, { place }]): [string, Place] => [room, place]).filter(
      ([, place]) => !place.isLeaving,
    );
  }

  /** Whether no join is unanswered. */
  get areJoined(): boolean {
    return Array.from(this.#rooms.values()).every(({ place }) => place.isIn);
  }

  /** Enters a room, or moves within it, with the next `requests`. */
  enter(room: string, options: JoinOptions, settle?: Settle<JoinedRoom>): void {
    let entered = this.#rooms.get(room);
    if (entered === undefined) {
      entered = { place: new Place(options), joins: [], leaves: [] };
      this.#rooms.set(room, entered);
    } else {
      entered.place.move(options);
    }
    if (settle !== undefined) entered.joins.push(settle);
  }

  /** Leaves a room, once `leaving` was sent; returns whether the client is in it at all. */
  leave(room: string, settle: Settle<void>): boolean {
    const entered = this.#rooms.get(room);
    if (entered === undefined) return false;
    entered.place.isLeaving = true;
    entered.leaves.push(settle);
    return true;
  }

  /** A new connection knows of no rooms but the lobby. */
  reset(): void {
    for (const { place } of this.#rooms.values()) place.reset();
  }

  /** What leads into the rooms that were not asked for on this connection yet. */
  requests(nextId: () => string): ChatMessage[] {
    const requests: ChatMessage[] = [];
    for (const [room, { place }] of this.#rooms) {
      if (place.joinId !== undefined) continue;
      place.joinId = nextId();
      const join = place.join(room);
      requests.push(chatMessage({ id: place.joinId, control: { $case: 'join', join } }));
    }
    return requests;
  }

  /** What a new connection begins with: the joins, and the lobby left if it is not among them. */
  opening(nextId: () => string): ChatMessage[] {
    this.reset();
    const requests = this.requests(nextId);
    if (!this.#rooms.has(lobbyName)) requests.push(leaveRequest(lobbyName, nextId()));
    return requests;
  }

  /** What leaves the rooms that are to be left, after the messages to them. */
  leaving(nextId: () => string): ChatMessage[] {
    return Array.from(this.#rooms)
      .filter(([, { place }]) => place.isLeaving)
      .map(([room]) => leaveRequest(room, nextId()));
  }

  /** What waits to be in a room, once. */
  takeJoins(room: string): Array<Settle<JoinedRoom>> {
    return this.#rooms.get(room)?.joins.splice(0) ?? [];
  }

  /** A join was answered; returns the place, unless a later join has replaced it. */
  joined(id: string, joined: JoinedRoom): Place | undefined {
    const entered = this.#rooms.get(joined.room);
    if (entered === undefined || entered.place.joinId !== id || entered.place.isIn) {
      return undefined;
    }
    entered.place.joined(joined);
    // It was left in between, if it was, with a connection that is gone.
    if (!entered.place.isLeaving) for (const { resolve } of entered.leaves.splice(0)) resolve();
    return entered.place;
  }

  /** Whether this is the request of a join that decides. */
  isJoin(id: string): boolean {
    return Array.from(this.#rooms.values()).some(({ place }) => place.joinId === id && !place.isIn);
  }

  /** A request was refused for good. */
  refused(id: string, error: Error): RefusedJoin {
    for (const [room, { place, joins, leaves }] of this.#rooms) {
      if (place.joinId !== id || place.isIn) continue;
      for (const { reject } of joins.splice(0)) reject(error);
      if (place.refused()) return 'displaced';
      for (const { resolve } of leaves.splice(0)) resolve();
      this.#rooms.delete(room);
      return 'left';
    }
    return 'unknown';
  }

  /** The server has put the client out of a room; returns whether it is out now. */
  left(room: string): boolean {
    const entered = this.#rooms.get(room);
    if (entered === undefined) return false;
    for (const { resolve } of entered.leaves.splice(0)) resolve();
    // After a leave there may be another join already.
    if (!entered.place.isIn) return false;
    this.#rooms.delete(room);
    return true;
  }

  /** There will be no rooms any more. */
  end(error: Error): void {
    for (const { joins, leaves } of this.#rooms.values()) {
      for (const { reject } of joins.splice(0)) reject(error);
      for (const { resolve } of leaves.splice(0)) resolve();
    }
  }
}

/** The request to leave a room. */
export function leaveRequest(room: string, id: string): ChatMessage {
  return chatMessage({ id, control: { $case: 'leave', leave: { room } } });
}
