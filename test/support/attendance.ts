import { expect } from 'chai';
import type { ChatMessage } from '../../src/protocol/messages.js';
import type { RawClient } from './raw-client.js';
import { joinOf, type Presence, type Start } from './rooms.js';

/**
 * Who is in a room, as a session that watches it is told. Every change must fit: nobody
 * comes who is there, nobody leaves who is not, and the count is right.
 */
export class Attendance {
  readonly room: string;
  readonly #client: RawClient;
  readonly #names = new Set<string>();
  #isKnown = false;
  /** How many times the watcher was told something. */
  notices = 0;
  snapshots = 0;
  count = 0;

  private constructor(client: RawClient, room: string) {
    this.#client = client;
    this.room = room;
  }

  /** The client joins and watches; the snapshot is the next thing after the answer. */
  static async watch(client: RawClient, room: string, start?: Start): Promise<Attendance> {
    client.control(joinOf(room, start, true));
    await client.nextControl('joined');
    const attendance = new Attendance(client, room);
    await attendance.next();
    expect(attendance.snapshots).to.equal(1);
    return attendance;
  }

  /** In the order of the alphabet. */
  get names(): string[] {
    return [...this.#names].toSorted();
  }

  /** The next thing that arrives is about this room's people. */
  async next(): Promise<Presence> {
    const { presence } = await this.#client.nextControl('presence');
    this.#take(presence);
    return presence;
  }

  /** All that arrives next is about this room's people, until these are there. */
  async until(names: readonly string[]): Promise<void> {
    const wanted = names.toSorted().join();
    while (this.names.join() !== wanted) await this.next();
  }

  /** The same, until there are so many. */
  async untilCount(count: number): Promise<void> {
    while (this.count !== count) await this.next();
  }

  /** A message that may be about this room's people; says whether it was. */
  take({ control }: ChatMessage): boolean {
    if (control?.$case !== 'presence') return false;
    this.#take(control.presence);
    return true;
  }

  #take({ room, joined, left, count, snapshot }: Presence): void {
    expect(room).to.equal(this.room);
    this.notices += 1;
    if (snapshot) {
      this.snapshots += 1;
      this.#names.clear();
      this.#isKnown = true;
      expect(left).to.deep.equal([]);
    }
    for (const { name } of left) {
      expect(this.#names.delete(name), `${name} left and was there`).to.equal(true);
    }
    for (const { name } of joined) {
      expect(this.#names.has(name), `${name} came and was there`).to.equal(false);
      this.#names.add(name);
    }
    if (count > this.#client.welcome!.limits!.membersListedMax) {
      // From now on nobody is known.
      expect([...joined, ...left]).to.deep.equal([]);
      this.#names.clear();
      this.#isKnown = false;
    }
    if (this.#isKnown) expect(this.#names.size).to.equal(count);
    this.count = count;
  }
}
