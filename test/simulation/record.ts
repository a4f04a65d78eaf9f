import type { ChatClient } from '../../src/client/client.js';
import type { JoinedRoom, RoomGap } from '../../src/client/events.js';
import { GapReason, MessageType, type ChatMessage } from '../../src/protocol/messages.js';
import type { World } from './world.js';

/** A reader's place in a room, as it follows from what it was told. */
interface Place {
  epoch: string;
  /** The number that has to come next. */
  nextSeq: number;
}

/**
 * What one client got, held against the disk as it comes: every message was committed
 * before it was delivered, is what was committed under its number, and follows the one
 * before it, or a gap.
 */
export class Record {
  readonly places = new Map<string, Place>();
  messages = 0;
  gaps = 0;
  readonly #world: World;
  readonly #who: string;
  /** An epoch that `joined` has named and whose gap has not come yet. */
  readonly #newEpochs = new Map<string, JoinedRoom>();

  constructor(world: World, who: string, client: ChatClient) {
    this.#world = world;
    this.#who = who;
    client.on('joined', (joined) => this.#joined(joined));
    client.on('message', (message) => world.attempt(() => this.#message(message)));
    client.on('gap', (gap) => world.attempt(() => this.#gap(gap)));
  }

  /** Whether it has all that its rooms have. */
  isComplete(): boolean {
    return Array.from(this.places).every(([room, { epoch, nextSeq }]) => {
      const { disk } = this.#world;
      return epoch === disk.epoch && nextSeq > (disk.committed.get(room)?.length ?? 0);
    });
  }

  /** What it waits for, for who wonders. */
  toString(): string {
    const places = Array.from(this.places, ([room, { epoch, nextSeq }]) => {
      const { disk } = this.#world;
      const head = disk.committed.get(room)?.length ?? 0;
      return `${room} ${nextSeq} of ${head}${epoch === disk.epoch ? '' : ' in another epoch'}`;
    });
    return `${this.#who}: ${places.join(', ')}`;
  }

  #joined(joined: JoinedRoom): void {
    const place = this.places.get(joined.room);
    if (place === undefined) {
      this.places.set(joined.room, { epoch: joined.epoch, nextSeq: joined.firstSeq });
    } else if (place.epoch !== joined.epoch) this.#newEpochs.set(joined.room, joined);
  }

  #message(message: ChatMessage): void {
    if (message.type === MessageType.ECHO) return;
    this.messages += 1;
    const { room, seq, content, sender, id } = message;
    const place = this.#placeIn(room);
    if (seq !== place.nextSeq) this.#fail(`got ${room} ${seq} instead of ${place.nextSeq}`);
    place.nextSeq += 1;
    const entry = this.#world.disks.get(place.epoch)?.committed.get(room)?.[seq - 1];
    if (entry === undefined) this.#fail(`got ${room} ${seq}, which is not on disk`);
    if (entry.content !== content || entry.sender !== sender || entry.id !== id) {
      this.#fail(`got ${room} ${seq} as "${content}", and on disk it is "${entry.content}"`);
    }
  }

  #gap({ room, fromSeq, toSeq, reason }: RoomGap): void {
    this.gaps += 1;
    const place = this.#placeIn(room);
    if (reason === GapReason.GAP_REASON_EPOCH) {
      const joined = this.#newEpochs.get(room);
      if (joined === undefined) this.#fail(`was told of a new epoch of ${room} that is none`);
      this.#newEpochs.delete(room);
      place.epoch = joined.epoch;
      place.nextSeq = 1;
    }
    if (fromSeq !== place.nextSeq) {
      this.#fail(`misses ${room} from ${fromSeq}, and was at ${place.nextSeq}`);
    }
    place.nextSeq = toSeq + 1;
    if (reason === GapReason.GAP_REASON_DAMAGED) {
      const damaged = this.#world.disks.get(place.epoch)?.damaged.get(room);
      for (let seq = fromSeq; seq <= toSeq; seq += 1) {
        if (damaged?.has(seq) !== true) this.#fail(`misses ${room} ${seq}, which is not damaged`);
      }
      return;
    }
    const kept = this.#world.climate.retainEntries;
    if (toSeq >= fromSeq && kept === 0) this.#fail(`misses ${room} to ${toSeq}, for no reason`);
  }

  #placeIn(room: string): Place {
    const place = this.places.get(room);
    if (place === undefined) this.#fail(`is not in ${room}`);
    return place;
  }

  #fail(problem: string): never {
    throw new Error(`${this.#who} ${problem}`);
  }
}
