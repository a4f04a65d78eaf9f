import { ChatClient } from '../../src/client/client.js';
import type { ConnectOptions } from '../../src/client/connect-options.js';
import { ConnectionError } from '../../src/client/errors.js';
import type { Ack, Position } from '../../src/client/events.js';
import type { Change } from '../../src/core/ports.js';
import { ChatError } from '../../src/protocol/errors.js';
import { ErrorCode } from '../../src/protocol/messages.js';
import { Record } from './record.js';
import type { World } from './world.js';

export const url = new URL('tcp://simulation:1');

/** All texts that anybody has sent. */
export type Sent = Set<string>;

/** What somebody adds to a room. */
interface Addition {
  readonly content: string;
  /** What it does; undefined for a message. */
  readonly change: Change | undefined;
}

/** One of which the server has said that it is stored. */
export interface AckedAddition extends Ack, Addition {
  /** Which of all that this device has asked for it was. */
  readonly place: number;
  /** Whether it was never refused. */
  readonly isOnce: boolean;
}

/** A message that a person can edit and remove, on whatever device. */
interface OwnMessage {
  readonly room: string;
  readonly epoch: string;
  readonly seq: number;
}

/** Who somebody is. */
interface Who {
  readonly name: string;
  readonly device: string;
  /** Shared by the person's devices. */
  readonly own: OwnMessage[];
}

/** Where somebody is, and how. */
interface Place {
  readonly rooms: readonly string[];
  readonly isSlow: boolean;
}

/** Somebody with the client library, on one device, who sends, reads, and comes back. */
export class Person {
  readonly who: Who;
  readonly rooms: readonly string[];
  readonly acked: AckedAddition[] = [];
  client: ChatClient | undefined;
  record: Record | undefined;
  /** Whether all that it wanted to send is acked, or given up for good. */
  isDone = false;
  readonly #world: World;
  readonly #sent: Sent;
  readonly #isSlow: boolean;
  #asked = 0;
  #changes = 0;
  /** The rooms that it has left for a while. */
  readonly #away = new Set<string>();

  constructor(world: World, who: Who, { rooms, isSlow }: Place, sent: Sent) {
    this.#world = world;
    this.who = who;
    this.rooms = rooms;
    this.#isSlow = isSlow;
    this.#sent = sent;
  }

  /** As whom its texts name it. */
  get name(): string {
    const { name, device } = this.who;
    return device === '' ? name : `${name} on the ${device}`;
  }

  /** Comes, with the next message or at certain places. */
  async come(starts: ReadonlyMap<string, Position> = new Map()): Promise<void> {
    const { name, device } = this.who;
    this.client = await this.#connected({
      name,
      device,
      // A welcome may be lost: whoever tries again is the same person, and has the name.
      claim: `the secret of ${name}`,
      rooms: this.rooms.map((room) => {
        const after = starts.get(room);
        return after === undefined ? room : { room, after };
      }),
      timeoutMs: 20_000,
    });
    this.record = new Record(this.#world, this.name, this.client, starts);
  }

  /** Is there, and says `count` things during `durationMs`. */
  async live(count: number, durationMs: number): Promise<void> {
    const { random, whims, climate } = this.#world;
    await this.come();
    const doing: Array<Promise<void>> = [];
    const begin = (one: Promise<void>): void => {
      one.catch(this.#world.fail);
      doing.push(one);
    };
    for (let number = 1; number <= count; number += 1) {
      // Sometimes many at once.
      if (random.chance(0.5)) await this.#world.delay(random.integer(0, (2 * durationMs) / count));
      begin(this.say(`${this.name} says ${number}`, random.one(this.rooms)));
      if (random.chance(0.05)) await this.#wander(random.one(this.rooms));
      if (whims.chance(climate.changes)) for (const one of this.#changeSomething()) begin(one);
      if (whims.chance(climate.changes / 4)) begin(this.#leafThrough(whims.one(this.rooms)));
    }
    await Promise.all(doing);
    this.isDone = true;
  }

  /** Says something until it is acked. */
  async say(content: string, room: string): Promise<void> {
    this.#sent.add(content);
    const id = `id of ${content}`;
    const ask = async (): Promise<Ack> => this.client!.send(content, { room, id });
    const ack = await this.#askUntilAcked({ content, change: undefined }, ask);
    const epoch = this.record!.views.get(room)?.epoch;
    if (epoch !== undefined) this.who.own.push({ room, epoch, seq: ack!.seq });
  }

  /** Edits or removes a message, or both at once, or sets a topic. */
  #changeSomething(): Array<Promise<void>> {
    const { whims } = this.#world;
    const one = this.who.own.length === 0 ? undefined : whims.one(this.who.own);
    // Whoever knows a message by its number knows of which numbering that is.
    const isHere = one !== undefined && this.record!.views.get(one.room)?.epoch === one.epoch;
    if (!isHere || whims.chance(0.2)) return [this.#setTopic(whims.one(this.rooms))];
    const doings: Array<Promise<void>> = [];
    if (whims.chance(0.7)) doings.push(this.#edit(one));
    if (whims.chance(0.2)) doings.push(this.#edit(one));
    if (whims.chance(0.4)) doings.push(this.#remove(one));
    return doings;
  }

  async #edit({ room, seq }: OwnMessage): Promise<void> {
    const content = this.#newText(`corrects ${seq}`);
    const id = `id of ${content}`;
    const change = { kind: 'edit', targetSeq: seq } as const;
    const ask = async (): Promise<Ack> => this.client!.edit(room, seq, content, { id });
    await this.#askUntilAcked({ content, change }, ask, room);
  }

  async #remove({ room, seq }: OwnMessage): Promise<void> {
    const change = { kind: 'removal', targetSeq: seq } as const;
    this.#changes += 1;
    const id = `id of removal ${this.#changes}`;
    const ask = async (): Promise<Ack> => this.client!.remove(room, seq, { id });
    await this.#askUntilAcked({ content: '', change }, ask, room);
  }

  async #setTopic(room: string): Promise<void> {
    const content = this.#newText('has a topic');
    const id = `id of ${content}`;
    const ask = async (): Promise<Ack> => this.client!.setTopic(room, content, { id });
    await this.#askUntilAcked({ content, change: { kind: 'topic' } }, ask);
  }

  #newText(what: string): string {
    this.#changes += 1;
    const text = `${this.name} ${what}, ${this.#changes}`;
    this.#sent.add(text);
    return text;
  }

  /** Reads a page of a room's history, if there is a connection. */
  async #leafThrough(room: string): Promise<void> {
    const { whims, disk } = this.#world;
    const headSeq = disk.committed.get(room)?.length ?? 0;
    const edge = whims.one([
      {},
      { before: whims.integer(1, headSeq + 1) },
      { after: headSeq >> 1 },
    ]);
    try {
      const page = await this.client!.history(room, { ...edge, limit: whims.integer(1, 30) });
      // Otherwise the server has begun anew while it was asked.
      if (page.epoch === disk.epoch) this.record!.leafThrough(room, page, headSeq);
    } catch (error) {
      if (!(error instanceof ConnectionError) && !(error instanceof ChatError)) throw error;
    }
  }

  /** Asks for something until it is acked; `room` is where the message is that it changes. */
  async #askUntilAcked(
    addition: Addition,
    ask: () => Promise<Ack>,
    room?: string,
  ): Promise<Ack | undefined> {
    const place = this.#asked;
    this.#asked += 1;
    // What is refused there may come to nobody's ears, and is sent again after what followed it.
    let isOnce = this.#away.size === 0 && this.#world.climate.diskFailures === 0;
    for (;;) {
      try {
        const ack = await ask();
        this.acked.push({ ...ack, ...addition, place, isOnce });
        return ack;
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        const isTransient = error.code === ErrorCode.ERROR_CODE_STORE_UNAVAILABLE;
        const isAway = error.code === ErrorCode.ERROR_CODE_NOT_IN_ROOM;
        if (room !== undefined && !isTransient && !isAway) {
          this.#checkRefusal(error, addition, room);
          return undefined;
        }
        if (!isTransient && !isAway) throw error;
        isOnce = false;
        await this.#world.delay(this.#world.random.integer(10, 1000));
      }
    }
  }

  /** A change is refused only where there is nothing any more that could be changed. */
  #checkRefusal(error: ChatError, { change }: Addition, room: string): void {
    const { disk, climate } = this.#world;
    // Numbers of before may be those of other messages now.
    if (climate.isVolatile) return;
    if (error.code === ErrorCode.ERROR_CODE_NO_SUCH_MESSAGE && change?.kind !== 'topic') {
      const isRemoved = disk.versionsIn(room).last(change!.targetSeq) === undefined;
      if (isRemoved || climate.retainEntries > 0) return;
    }
    throw error;
  }

  /** Connects, however often it takes. */
  async #connected(options: ConnectOptions): Promise<ChatClient> {
    const world = this.#world;
    for (;;) {
      try {
        return await ChatClient.connect(url, world.dial(this.#isSlow), options, world.environment);
      } catch (error) {
        if (!(error instanceof ConnectionError) && !(error instanceof ChatError)) throw error;
        await world.delay(world.random.integer(1, 2000));
      }
    }
  }

  /** Leaves a room and comes back to where it was. */
  async #wander(room: string): Promise<void> {
    const client = this.client!;
    const view = this.record!.views.get(room);
    if (view === undefined) return;
    this.#away.add(room);
    await client.leave(room);
    const after = { epoch: view.epoch, seq: view.nextSeq - 1 };
    await this.#world.delay(this.#world.random.integer(0, 500));
    for (;;) {
      try {
        await client.join(room, { after });
        this.#away.delete(room);
        return;
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        await this.#world.delay(this.#world.random.integer(10, 1000));
      }
    }
  }
}
