import type { ListedRoom, RoomList, RoomRange } from '../../core/ports.js';
import type { Threads } from './threads.js';

/** The rooms in an SQLite database. They are listed by the thread that reads. */
export class SqliteRooms implements RoomList {
  readonly #threads: Threads;

  constructor(threads: Threads) {
    this.#threads = threads;
  }

  async list(range: RoomRange): Promise<readonly ListedRoom[]> {
    return (await this.#threads.read({ kind: 'list', range })) as ListedRoom[];
  }
}
