import type { Stream } from '../../src/client/stream.js';
import { chatMessage, decodeMessage, encodeFrame } from '../../src/protocol/codec.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import { marks } from '../../src/protocol/limits.js';
import { MessageType } from '../../src/protocol/messages.js';
import { url, type Sent } from './people.js';
import type { World } from './world.js';

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
