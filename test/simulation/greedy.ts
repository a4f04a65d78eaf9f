import type { Control } from '../../src/protocol/messages.js';
import { chatMessage, decodeMessage, encodeFrame } from '../../src/protocol/codec.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import type { Link } from './network.js';
import type { World } from './world.js';
import { helloOf } from '../support/hello.js';

/**
 * Somebody who asks for much at once and reads nothing for a while, on one connection. It
 * is owed each answer, in the order of its requests, however late it reads.
 */
export class GreedyPerson {
  readonly #world: World;
  readonly #name: string;
  readonly #room: string;
  readonly #decoder = new FrameDecoder(1e6);
  #link: Link | undefined;
  #asked = 0;
  #answered = 0;
  #isGone = false;

  constructor(world: World, name: string, room: string) {
    this.#world = world;
    this.#name = name;
    this.#room = room;
  }

  /** Whether nothing is owed any more. */
  get isAnswered(): boolean {
    return this.#isGone || this.#answered === this.#asked;
  }

  async live(bursts: number): Promise<void> {
    const { random } = this.#world;
    this.#link = await this.#connected();
    const credential = { $case: 'claim', claim: `the secret of ${this.#name}` } as const;
    this.#ask({ $case: 'hello', hello: helloOf({ name: this.#name, credential }) });
    const last = { $case: 'last', last: 5 } as const;
    this.#ask({ $case: 'join', join: { room: this.#room, start: last, presence: true } });
    for (let count = 0; count < bursts; count += 1) {
      await this.#world.delay(random.integer(0, 3000));
      this.#link.stopReading();
      for (let left = random.integer(1, 60); left > 0; left -= 1) this.#askForSomething();
      await this.#world.delay(random.integer(0, 5000));
      this.#link.readOn();
    }
  }

  leave(): void {
    this.#link?.stream.destroy();
  }

  async #connected(): Promise<Link> {
    const listener = {
      received: (chunk: Uint8Array) => void this.#decoder.push(chunk, { frame: this.#frame }),
      closed: () => void (this.#isGone = true),
    };
    for (;;) {
      try {
        return await this.#world.connect(this.#world.random.chance(0.3), listener);
      } catch {
        await this.#world.delay(this.#world.random.integer(1, 2000));
      }
    }
  }

  #askForSomething(): void {
    const { random } = this.#world;
    const room = this.#room;
    const limit = random.integer(1, 20);
    const ask = random.one([
      () => this.#ask({ $case: 'fetch', fetch: { room, edge: undefined, limit } }),
      () => this.#ask({ $case: 'members', members: { room } }),
      () =>
        this.#ask({
          $case: 'join',
          join: { room, start: undefined, presence: random.chance(0.5) },
        }),
      () => this.#ask({ $case: 'ping', ping: { nonce: limit } }),
      () => this.#ask(undefined),
    ]);
    ask();
  }

  /** Sends a request, or an echo, under the next number. */
  #ask(control: Control | undefined): void {
    this.#asked += 1;
    const id = String(this.#asked);
    const content = control === undefined ? `echo ${id}` : '';
    this.#link!.stream.write(encodeFrame(chatMessage({ id, control, content })));
  }

  readonly #frame = (bytes: Uint8Array, start: number, end: number): boolean => {
    const { control, id, seq } = decodeMessage(bytes, start, end);
    if (control?.$case === 'goodbye') this.#isGone = true;
    const answered = control?.$case === 'error' ? control.error.id : id;
    // A gap is in front of the page that it belongs to, under the same id.
    if (seq > 0 || answered === '' || control?.$case === 'gap') return true;
    this.#answered += 1;
    if (answered !== String(this.#answered)) {
      this.#world.fail(
        new Error(`${this.#name} got answer ${answered} instead of ${this.#answered}`),
      );
    }
    return true;
  };
}
