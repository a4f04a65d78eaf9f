import { GapReason, type ChatMessage, type Control } from '../protocol/messages.js';
import { ConnectionError } from './errors.js';
import type { ClientEvents, JoinedRoom, RoomGap } from './events.js';
import type { Listeners } from './listeners.js';
import type { Place } from './place.js';
import type { Rooms } from './rooms.js';

type Presence = Extract<Control, { $case: 'presence' }>['presence'];

/**
 * Hands on what comes from the rooms: once, in order, and nothing left out without a
 * word. What is skipped without one is asked for again, on a new connection.
 */
export class RoomDelivery {
  readonly #rooms: Rooms;
  readonly #listeners: Listeners<ClientEvents>;
  readonly #fail: (error: ConnectionError) => void;

  constructor(
    rooms: Rooms,
    listeners: Listeners<ClientEvents>,
    fail: (error: ConnectionError) => void,
  ) {
    this.#rooms = rooms;
    this.#listeners = listeners;
    this.#fail = fail;
  }

  joined(id: string, joined: JoinedRoom): void {
    const place = this.#rooms.joined(id, joined);
    if (place === undefined) return;
    const joins = this.#rooms.takeJoins(joined.room);
    if (!place.isLeaving) {
      this.#listeners.emit('joined', joined);
      this.#tellCaughtUp(joined.room, place);
    }
    for (const { resolve } of joins) this.#listeners.inOrder(resolve, joined);
  }

  left(room: string): void {
    if (this.#rooms.left(room)) this.#listeners.emit('left', room);
  }

  broadcast(message: ChatMessage): void {
    const { room, seq } = message;
    const place = this.#rooms.place(room);
    if (place === undefined) return;
    const verdict = place.take(seq);
    if (verdict === 'broken') this.#break(room, seq);
    if (verdict !== 'deliver') return;
    this.#listeners.emit('message', message);
    this.#tellCaughtUp(room, place);
  }

  /** An entry that is no message. */
  change(message: ChatMessage): void {
    const { room, seq, sender, sentAt, control } = message;
    if (!this.#move(room, seq)) return;
    const change = { room, entrySeq: seq, sender, sentAt };
    switch (control?.$case) {
      case 'edited':
        this.#listeners.emit('edited', { ...change, ...control.edited });
        break;
      case 'removed':
        this.#listeners.emit('removed', { ...change, ...control.removed });
        break;
      case 'topicChanged': {
        const { topic } = control.topicChanged;
        this.#rooms.place(room)!.topic = topic;
        this.#listeners.emit('topic', { ...change, topic });
        break;
      }
      default:
    }
    this.#tellCaughtUp(room, this.#rooms.place(room)!);
  }

  /** An entry that is of no use to this client; those after it are. */
  pass(room: string, seq: number): void {
    if (this.#move(room, seq)) this.#tellCaughtUp(room, this.#rooms.place(room)!);
  }

  /** Moves over an entry that is no message; returns whether it is the next one. */
  #move(room: string, seq: number): boolean {
    const verdict = this.#rooms.place(room)?.pass(seq);
    if (verdict === 'broken') this.#break(room, seq);
    return verdict === 'deliver';
  }

  gap(gap: RoomGap): void {
    const { room, fromSeq, reason } = gap;
    const place = this.#rooms.place(room);
    if (place === undefined) return;
    const nextSeq = (place.position?.seq ?? 0) + 1;
    const verdict = place.skip(gap);
    if (verdict === 'broken') this.#break(room, fromSeq);
    if (verdict !== 'deliver') return;
    // What was delivered is not missing, whatever the server thinks.
    const isExpired = reason !== GapReason.GAP_REASON_EPOCH;
    const firstSeq = isExpired ? Math.max(fromSeq, nextSeq) : fromSeq;
    this.#listeners.emit('gap', { ...gap, fromSeq: firstSeq });
    this.#tellCaughtUp(room, place);
  }

  presence({ room, joined, left, count, snapshot, renamed }: Presence): void {
    const place = this.#rooms.place(room);
    if (place === undefined || !place.isIn || place.isLeaving) return;
    const names = { joined: namesOf(joined), left: namesOf(left) };
    this.#listeners.emit('presence', { room, ...names, count, snapshot, renamed });
  }

  #tellCaughtUp(room: string, place: Place): void {
    const messages = place.caughtUp();
    if (messages !== undefined) this.#listeners.emit('caughtUp', { room, messages });
  }

  #break(room: string, seq: number): void {
    const sentence = `the server skipped messages before number ${seq} in ${room}`;
    this.#fail(new ConnectionError('lost', sentence));
  }
}

/** The names of members. */
export function namesOf(members: ReadonlyArray<{ readonly name: string }>): string[] {
  return members.map(({ name }) => name);
}
