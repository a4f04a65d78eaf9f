import { BatchCache } from '../../src/core/batch-cache.js';
import { renderings, type Rendering } from '../../src/core/rendering.js';
import { Log } from '../../src/core/log.js';
import type { LogState, Observer } from '../../src/core/ports.js';
import { Room } from '../../src/core/room.js';
import type { Subscriber, Visitor } from '../../src/core/subscriber.js';
import { decodeMessage } from '../../src/protocol/codec.js';
import { MessageWriters } from '../../src/protocol/encodings.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import { defaultLimits } from '../../src/protocol/limits.js';
import type { ChatMessage } from '../../src/protocol/messages.js';
import { MemoryLog } from '../../src/store/memory/log.js';
import { ManualTime } from './manual-time.js';

/** A room of its own, with what a test changes. */
export function newRoom(
  name: string,
  {
    clock = new ManualTime(),
    limits = defaultLimits,
    observer = {} as Observer,
    state = { epoch: 'e', headSeq: 0, tailSeq: 1 } as LogState,
  } = {},
): Room {
  const cache = new BatchCache(1e6);
  const store = new MemoryLog(1e6);
  const writers = new MessageWriters((bytes) => new Uint8Array(bytes));
  return new Room(new Log(name, state, store, cache), {
    store,
    cache,
    writers,
    observer,
    clock,
    limits,
  });
}

/** Somebody in a room, who takes all that it is sent until it is full. */
export class Reader implements Subscriber {
  readonly name: string;
  readonly rendering: Rendering;
  readonly person: Visitor | undefined;
  readonly received: ChatMessage[] = [];
  /** The last seq of each thing that it was sent. */
  readonly seqs: number[] = [];
  /** Leaves the live set with what comes next. */
  isFull = false;
  readonly #room: Room;

  /** Is in the room and live. */
  constructor(room: Room, name: string, rendering = renderings.stream.full, person?: Visitor) {
    this.#room = room;
    this.person = person;
    this.name = name;
    this.rendering = rendering;
    room.enter(this);
    room.addLive(this);
  }

  deliver(bytes: Uint8Array, seq: number): void {
    new FrameDecoder(1e6).push(bytes, {
      frame: (from, start, end) => {
        this.received.push(decodeMessage(from, start, end));
        return true;
      },
    });
    this.seqs.push(seq);
    if (this.isFull) this.#room.removeLive(this);
  }
}
