import { lobbyName } from '../protocol/limits.js';
import { invariant } from './invariant.js';
import { Log } from './log.js';
import { Room, type RoomParts } from './room.js';

/**
 * The rooms of this process that somebody is in, and the lobby. The others are nothing
 * but rows in the store: a room is opened by the first who comes, and closed after the
 * last who leaves.
 */
export class Rooms {
  readonly lobby: Room;
  readonly #parts: RoomParts;
  readonly #open = new Map<string, Room>();
  readonly #opening = new Map<string, Promise<Room>>();

  private constructor(parts: RoomParts, lobby: Room) {
    this.#parts = parts;
    this.lobby = lobby;
    this.#open.set(lobbyName, lobby);
  }

  /** Opens the lobby; rejects when the store cannot be read. */
  static async load(parts: RoomParts): Promise<Rooms> {
    return new Rooms(parts, await loaded(lobbyName, parts));
  }

  /** How many are open. */
  get count(): number {
    return this.#open.size;
  }

  /** A room that is open. */
  get(name: string): Room | undefined {
    return this.#open.get(name);
  }

  /**
   * The room of a valid name, with its log as the store has it now. It stays open until
   * `release`. Rejects when the store cannot be read.
   */
  async hold(name: string): Promise<Room> {
    const open = this.#open.get(name);
    if (open === undefined) return (await this.#opened(name)).held();
    open.held();
    try {
      await open.log.refresh();
      return open;
    } catch (error) {
      this.release(open);
      throw error;
    }
  }

  release(room: Room): void {
    room.released();
    this.closeIfIdle(room);
  }

  /** Forgets a room that nobody needs. */
  closeIfIdle(room: Room): void {
    if (room === this.lobby || !room.isIdle) return;
    this.#open.delete(room.name);
    this.#parts.observer.roomClosed?.(room.name);
  }

  checkInvariants(): void {
    for (const [name, room] of this.#open) {
      invariant(room.name === name, `${name} is found by its name`);
      invariant(room === this.lobby || !room.isIdle, `somebody needs ${name}`);
      room.checkInvariants();
    }
  }

  /** How many are in all rooms, each counted once per room. */
  get memberCount(): number {
    let count = 0;
    for (const room of this.#open.values()) count += room.members.size;
    return count;
  }

  async #opened(name: string): Promise<Room> {
    let opening = this.#opening.get(name);
    if (opening === undefined) {
      opening = loaded(name, this.#parts)
        .then((room) => {
          this.#open.set(name, room);
          return room;
        })
        .finally(() => this.#opening.delete(name));
      this.#opening.set(name, opening);
    }
    return await opening;
  }
}

async function loaded(name: string, parts: RoomParts): Promise<Room> {
  const { store, cache } = parts;
  return new Room(new Log(name, await store.state(name), store, cache), parts);
}
