import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Ack, type ChatClient, type RoomToJoin } from '../../src/index.js';
import type { Random } from '../support/random.js';
import { BareReader } from './bare-reader.js';
import { Problems } from './problems.js';
import { Record } from './record.js';
import { Sent, type Addition } from './sent.js';
import { publishers, rooms, textOf } from './texts.js';
import { judge } from './verdict.js';

/** What has happened so far. */
export interface Totals {
  readonly acked: number;
  readonly duplicates: number;
  readonly deliveries: number;
  readonly resumed: number;
  readonly problems: number;
}

const readerCount = 4;

/** The share of messages that are changed when they are acked. */
const changeChance = 0.1;

/**
 * How long after a loss a client tries again. Its own pauses grow with every loss, and
 * would soon be longer than a server lives here.
 */
const againMsMin = 10;
const againMsMax = 60;

/** How long everything may take that was under way or missed, once the server stays. */
const finishMs = 90_000;

/**
 * Those who chat while the server is killed and started again: publishers, each with a
 * number of messages under way at any time, and readers, all in their rooms from the
 * first message on. One of the readers waits as long as the library does by itself, so
 * it misses most lives of the server and has the more to catch up with.
 */
export class People {
  readonly problems = new Problems();
  readonly #url: string;
  readonly #random: Random;
  readonly #sent = new Sent(this.problems);
  readonly #clients: ChatClient[] = [];
  readonly #records: Record[] = [];
  readonly #bare: BareReader;
  #publishing: Promise<unknown> = Promise.resolve();
  #isFinishing = false;

  private constructor(port: number, random: Random) {
    this.#url = `tcp://127.0.0.1:${port}`;
    this.#random = random;
    this.#bare = new BareReader(port, this.problems);
  }

  /** Settles when all are in their rooms and the first messages are on their way. */
  static async gather(port: number, random: Random): Promise<People> {
    const people = new People(port, random);
    for (let index = 0; index < readerCount; index += 1) {
      await people.#enter(`reader-${index}`, rooms, index > 0);
    }
    const lanes: Array<Promise<void>> = [];
    const entered: Array<() => void> = [];
    for (const [index, { name, window }] of publishers.entries()) {
      const own = [0, 1].map((offset) => rooms[(index + offset) % rooms.length]!);
      const client = await people.#enter(name, own);
      entered.push(() => {
        for (let lane = 0; lane < window; lane += 1) lanes.push(people.#publish(client, own));
      });
    }
    for (const begin of entered) begin();
    people.#publishing = Promise.all(lanes);
    return people;
  }

  get totals(): Totals {
    const { acked, duplicates } = this.#sent;
    const total = (of: (record: Record) => number): number =>
      this.#records.reduce((sum, record) => sum + of(record), 0);
    return {
      acked,
      duplicates,
      deliveries: total(({ deliveries }) => deliveries),
      resumed: total(({ resumed }) => resumed),
      problems: this.problems.count,
    };
  }

  /**
   * Publishes nothing new, waits until all that is under way is acked and everybody has
   * everything, one included who comes only now, and leaves. The server stays up.
   */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    for (const client of this.#clients) tryNow(client);
    const late = delay(finishMs, 'late', { ref: false });
    if ((await Promise.race([this.#publishing, late])) === 'late') this.#tellWhoIsLost();
    // Whatever a room has was acked by now, so this is where it ends.
    const { heads } = this.#sent;
    const epochs = this.#clients[0]!.rooms;
    const places = epochs.map(({ room, position }) => {
      return { room, after: { epoch: position!.epoch, seq: 0 } };
    });
    await this.#enter('latecomer', places);
    for (const record of this.#records) {
      await Promise.race([record.complete(heads), late]);
      const missing = record.missing(heads);
      if (missing !== '') this.problems.add(`${missing}, after ${finishMs} ms`);
    }
    this.#bare.close();
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  /** Compares all with the database. */
  judge(path: string): void {
    const { heard } = this.#bare;
    judge(path, { sent: this.#sent, records: this.#records, heard }, this.problems);
  }

  async #enter(
    name: string,
    places: ReadonlyArray<string | RoomToJoin>,
    isHasty = true,
  ): Promise<ChatClient> {
    const client = await connect(this.#url, { name, rooms: places });
    this.#clients.push(client);
    this.#records.push(new Record(name, client, this.problems));
    client.on('state', ({ kind }) => {
      if (kind !== 'waiting' || !(isHasty || this.#isFinishing)) return;
      setTimeout(() => tryNow(client), this.#random.integer(againMsMin, againMsMax));
    });
    return client;
  }

  /** In the end everybody has a connection. */
  #tellWhoIsLost(): void {
    this.problems.add(`messages are still not acked after ${finishMs} ms`);
    for (const { name, state } of this.#clients) {
      if (state.kind !== 'open') this.problems.add(`${name} is lost: ${JSON.stringify(state)}`);
    }
  }

  /** One message after another, and changes of them; with several of these, several are under way. */
  async #publish(client: ChatClient, own: readonly string[]): Promise<void> {
    while (!this.#isFinishing) {
      const room = this.#random.one(own);
      const number = await this.#send({ kind: 'message', room, sender: client.name }, (content) =>
        client.send(content, { room }),
      );
      if (number === undefined) return;
      if (this.#random.chance(changeChance)) await this.#change(client, number);
    }
  }

  /** Changes a message of one's own, or sets a topic: one after the other, without waiting. */
  async #change(client: ChatClient, target: number): Promise<void> {
    const { room, sender } = this.#sent.additions[target]!;
    const seq = this.#sent.seqs[target]!;
    const edit = async (): Promise<unknown> =>
      this.#send({ kind: 'edit', room, sender, target }, (content) =>
        client.edit(room, seq, content),
      );
    const remove = async (): Promise<unknown> =>
      this.#send({ kind: 'removal', room, sender, target }, () => client.remove(room, seq));
    const setTopic = async (): Promise<unknown> =>
      this.#send({ kind: 'topic', room, sender }, (content) => client.setTopic(room, content));
    const changes = this.#random.one([
      [edit],
      [edit, edit],
      [remove],
      [edit, remove],
      [edit, setTopic, remove],
    ]);
    await Promise.all(changes.map(async (change) => change()));
  }

  /** Sends something with a text of its own; returns its number when it is acked. */
  async #send(
    addition: Addition,
    ask: (content: string) => Promise<Ack>,
  ): Promise<number | undefined> {
    const number = this.#sent.add(addition);
    try {
      this.#sent.acknowledge(number, await ask(textOf(number)));
      return number;
    } catch (error) {
      this.#sent.fail(number, error);
      return undefined;
    }
  }
}

function tryNow(client: ChatClient): void {
  if (client.state.kind === 'waiting') client.reconnect();
}
