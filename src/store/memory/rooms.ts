import type { ListedRoom, RoomList, RoomRange } from '../../core/ports.js';
import type { Room } from './room.js';

/** The rooms of a log in memory. */
export class MemoryRooms implements RoomList {
  /** In the order of the bytes of their names. */
  readonly #rooms: NamedRoom[] = [];

  /** Adds a room that has got its first entry. */
  add(name: string, room: Room): void {
    const bytes = Buffer.from(name);
    this.#rooms.splice(this.#placeFrom(bytes), 0, { name, bytes, room });
  }

  async list({ prefix, after, roomsMax }: RoomRange): Promise<readonly ListedRoom[]> {
    const first = Buffer.from(prefix);
    // The next name that there could be after a name is that name and one zero.
    const next = after === '' ? first : Buffer.from(`${after}\0`);
    const listed: ListedRoom[] = [];
    let place = this.#placeFrom(Buffer.compare(first, next) < 0 ? next : first);
    for (; place < this.#rooms.length && listed.length < roomsMax; place += 1) {
      const { name, room } = this.#rooms[place]!;
      if (!name.startsWith(prefix)) break;
      listed.push({ name, topic: room.topic, headSeq: room.headSeq });
    }
    return listed;
  }

  /** The place of the first room whose name has these bytes, or comes after them. */
  #placeFrom(bytes: Buffer): number {
    let low = 0;
    let high = this.#rooms.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(this.#rooms[middle]!.bytes, bytes) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface NamedRoom {
  readonly name: string;
  readonly bytes: Buffer;
  readonly room: Room;
}
