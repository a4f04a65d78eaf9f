import { lobbyName } from '../protocol/limits.js';
import { Log } from './log.js';
import { Room, type RoomParts } from './room.js';

/**
 * The rooms of this process that somebody is in, and the lobby. The others are nothing
 * but rows in the store: a room is opened by the first who comes, and closed behind the
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

  /** A room that is open. */
  get(name: string): Room | undefined {
    return this.#open.get(name);
  }

  /** The room of a valid name; rejects when the store cannot be read. */
  async open(name: string): Promise<Room> {
    const room = this.#open.get(name);
    if (room !== undefined) return room;
    let opening = this.#opening.get(name);
    if (opening === undefined) {
      opening = this.#load(name).finally(() => this.#opening.delete(name));
      this.#opening.set(name, opening);
    }
    return await opening;
  }

  /** A room that was just opened: another one who opened it may have left it already. */
  keptOpen(room: Room): Room {
    const open = this.#open.get(room.name);
    if (open !== undefined) return open;
    this.#open.set(room.name, room);
    return room;
  }

  /** Forgets a room that nobody needs. */
  closeIfIdle(room: Room): void {
    if (room === this.lobby || !room.isIdle) return;
    if (this.#open.get(room.name) === room) this.#open.delete(room.name);
  }

  async #load(name: string): Promise<Room> {
    const room = await loaded(name, this.#parts);
    this.#open.set(name, room);
    return room;
  }
}

async function loaded(name: string, parts: RoomParts): Promise<Room> {
  const { store, cache } = parts;
  return new Room(new Log(name, await store.state(name), store, cache), parts);
}
