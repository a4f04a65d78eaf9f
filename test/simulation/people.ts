import { ChatClient, type ConnectOptions } from '../../src/client/client.js';
import { ConnectionError } from '../../src/client/errors.js';
import type { Ack } from '../../src/client/events.js';
import type { Stream } from '../../src/client/stream.js';
import { chatMessage, decodeMessage, encodeFrame } from '../../src/protocol/codec.js';
import { ChatError } from '../../src/protocol/errors.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import { marks } from '../../src/protocol/limits.js';
import { ErrorCode, MessageType } from '../../src/protocol/messages.js';
import { Record } from './record.js';
import type { World } from './world.js';

const url = new URL('tcp://simulation:1');

/** All texts that anybody has sent. */
export type Sent = Set<string>;

/** A message of which the server has said that it is stored. */
export interface AckedMessage extends Ack {
  readonly content: string;
}

/** Connects, however often it takes. */
async function connected(
  world: World,
  isSlow: boolean,
  options: ConnectOptions,
): Promise<ChatClient> {
  for (;;) {
    try {
      return await ChatClient.connect(url, world.dial(isSlow), options, world.environment);
    } catch (error) {
      if (!(error instanceof ConnectionError) && !(error instanceof ChatError)) throw error;
      await world.delay(world.random.integer(1, 2000));
    }
  }
}

/** Somebody with the client library, who sends, reads, and comes back. */
export class Person {
  readonly name: string;
  readonly isSlow: boolean;
  readonly acked: AckedMessage[] = [];
  client: ChatClient | undefined;
  record: Record | undefined;
  /** Whether all that it wanted to send is acked, or given up for good. */
  isDone = false;
  readonly #world: World;
  readonly #sent: Sent;
  readonly rooms: readonly string[];

  constructor(world: World, name: string, rooms: readonly string[], isSlow: boolean, sent: Sent) {
    this.#world = world;
    this.name = name;
    this.rooms = rooms;
    this.isSlow = isSlow;
    this.#sent = sent;
  }

  /** Is there, and says `count` things during `durationMs`. */
  async live(count: number, durationMs: number): Promise<void> {
    const { random } = this.#world;
    const client = await connected(this.#world, this.isSlow, {
      name: this.name,
      // A welcome may be lost: whoever tries again is the same person, and has the name.
      claim: `the secret of ${this.name}`,
      rooms: this.rooms,
      timeoutMs: 20_000,
    });
    this.client = client;
    this.record = new Record(this.#world, this.name, client);
    const sending: Array<Promise<void>> = [];
    for (let number = 1; number <= count; number += 1) {
      // Sometimes many at once.
      if (random.chance(0.5)) await this.#world.delay(random.integer(0, (2 * durationMs) / count));
      sending.push(this.say(`${this.name} says ${number}`, random.one(this.rooms)));
      if (random.chance(0.05)) await this.#wander(random.one(this.rooms));
    }
    await Promise.all(sending);
    this.isDone = true;
  }

  /** Says something until it is acked. */
  async say(content: string, room: string): Promise<void> {
    this.#sent.add(content);
    const id = `id of ${content}`;
    for (;;) {
      try {
        const ack = await this.client!.send(content, { room, id });
        this.acked.push({ ...ack, content });
        return;
      } catch (error) {
        const isTransient =
          error instanceof ChatError && error.code === ErrorCode.ERROR_CODE_STORE_UNAVAILABLE;
        const isAway =
          error instanceof ChatError && error.code === ErrorCode.ERROR_CODE_NOT_IN_ROOM;
        if (!isTransient && !isAway) throw error;
        await this.#world.delay(this.#world.random.integer(10, 1000));
      }
    }
  }

  /** Leaves a room and comes back to where it was. */
  async #wander(room: string): Promise<void> {
    const client = this.client!;
    const place = this.record!.places.get(room);
    if (place === undefined) return;
    await client.leave(room);
    const after = { epoch: place.epoch, seq: place.nextSeq - 1 };
    await this.#world.delay(this.#world.random.integer(0, 500));
    for (;;) {
      try {
        await client.join(room, { after });
        return;
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        await this.#world.delay(this.#world.random.integer(10, 1000));
      }
    }
  }
}

/** Somebody who knows two fields, on one connection. */
export class BarePerson {
  readonly #world: World;
  readonly name: string;
  readonly #sent: Sent;
  /** What came, in its order: the text of a broadcast, or how many messages were left out. */
  readonly heard: Array<string | number> = [];
  isGone = false;
  #stream: Stream | undefined;

  constructor(world: World, name: string, sent: Sent) {
    this.#world = world;
    this.name = name;
    this.#sent = sent;
  }

  async live(count: number, durationMs: number): Promise<void> {
    const { random } = this.#world;
    const decoder = new FrameDecoder(1e6);
    const listener = {
      received: (chunk: Uint8Array) => void decoder.push(chunk, { frame: this.#frame }),
      closed: () => void (this.isGone = true),
    };
    for (;;) {
      try {
        this.#stream = await this.#world.dial(random.chance(0.3))(
          url,
          listener,
          new AbortController().signal,
        );
        break;
      } catch {
        await this.#world.delay(random.integer(1, 2000));
      }
    }
    for (let number = 1; number <= count && !this.isGone; number += 1) {
      await this.#world.delay(random.integer(0, (2 * durationMs) / count));
      const content = `${this.name} says ${number}`;
      this.#sent.add(content);
      this.#stream.write(encodeFrame(chatMessage({ content, type: MessageType.BROADCAST })));
      if (random.chance(0.05)) this.#stream.write(this.#garbage());
    }
    if (random.chance(0.5)) this.#stream.end();
  }

  leave(): void {
    this.#stream?.destroy();
  }

  readonly #frame = (bytes: Uint8Array, start: number, end: number): boolean => {
    const { content, type } = decodeMessage(bytes, start, end);
    if (type === MessageType.BROADCAST) this.heard.push(content.slice(marks.broadcast.length));
    const skipped = /^\(error\)(\d+) messages? w(?:as|ere) skipped/.exec(content);
    if (skipped !== null) this.heard.push(Number(skipped[1]));
    return true;
  };

  #garbage(): Uint8Array {
    const { random } = this.#world;
    return Uint8Array.from({ length: random.integer(1, 30) }, () => random.integer(0, 255));
  }
}
