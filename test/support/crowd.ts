import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { chatMessage, encodeFrame } from '../../src/protocol/codec.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import { MessageType } from '../../src/protocol/messages.js';

/** About what one message has in bytes. */
export const messageBytes = 4000;

/** So many messages are on their way at once, at most. */
const blockMessages = 32;

/** The text of a numbered message; `numberOf` finds the number again. */
export function numbered(number: number): string {
  return `${String(number).padStart(8, '0')} ${'x'.repeat(messageBytes - 9)}`;
}

/** The number of a numbered message, marked or not. */
export function numberOf(content: string): number {
  const [, digits] = /^(?:\(broadcast\))?(\d{8}) x+$/.exec(content) ?? [];
  if (digits === undefined) throw new Error(`not a numbered message: ${content.slice(0, 60)}`);
  return Number(digits);
}

/**
 * Many bare sessions that read as fast as they can and compare what they get, byte for
 * byte, with what was published: message after message, none missing, none twice. The
 * first of them publishes.
 */
export class Crowd implements Disposable {
  readonly #sockets: Socket[] = [];
  readonly #expected = new Map<number, Uint8Array>();
  #published = 0;
  /** How many sessions have a message, by its number; a message that all have is removed. */
  readonly #have = new Map<number, number>();
  #problem: Error | undefined;
  #wake: () => void = () => {};

  /** They connect and are known to be in the lobby. */
  static async join(port: number, count: number): Promise<Crowd> {
    const crowd = new Crowd();
    while (crowd.#sockets.length < count) {
      const wanted = Math.min(100, count - crowd.#sockets.length);
      await Promise.all(Array.from({ length: wanted }, async () => crowd.#add(port)));
    }
    return crowd;
  }

  /** How many numbered messages have been published. */
  get published(): number {
    return this.#published;
  }

  /** Publishes the next messages and settles when every session has got all of them. */
  async publish(count: number): Promise<void> {
    const last = this.#published + count;
    while (this.#published < last) {
      const size = Math.min(blockMessages, last - this.#published);
      const block = Array.from({ length: size }, () => this.#nextFrame());
      this.#sockets[0]!.write(Buffer.concat(block));
      // The next block may leave when the one before this one has arrived.
      await this.#everybodyHas(this.#published - size);
    }
    await this.#everybodyHas(last);
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #nextFrame(): Uint8Array {
    this.#published += 1;
    const type = MessageType.BROADCAST;
    const content = numbered(this.#published);
    const delivered = encodeFrame(chatMessage({ content: `(broadcast)${content}`, type }));
    this.#expected.set(this.#published, delivered.subarray(2)); // without its length
    this.#have.set(this.#published, 0);
    return encodeFrame(chatMessage({ content, type }));
  }

  async #add(port: number): Promise<void> {
    let received = 0;
    let echoed: () => void = () => {};
    const inLobby = new Promise<void>((resolve) => (echoed = resolve));
    const decoder = new FrameDecoder(65_536);
    const sink = {
      frame: (bytes: Uint8Array, start: number, end: number): boolean => {
        if (received > 0 || this.#published > 0) this.#received((received += 1), bytes, start, end);
        else echoed();
        return true;
      },
    };
    const socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (length, buffer) => decoder.push(buffer.subarray(0, length), sink) === length,
      },
    });
    socket.on('error', (error) => this.#fail(error));
    socket.on('end', () => this.#fail(new Error('a session that reads was closed')));
    this.#sockets.push(socket);
    await once(socket, 'connect');
    socket.write(encodeFrame(chatMessage({})));
    await inLobby;
  }

  #received(number: number, bytes: Uint8Array, start: number, end: number): void {
    const expected = this.#expected.get(number);
    if (expected === undefined || Buffer.compare(bytes.subarray(start, end), expected) !== 0) {
      const text = Buffer.from(bytes.subarray(start, Math.min(end, start + 60))).toString();
      this.#fail(new Error(`message ${number} was expected, not ${JSON.stringify(text)}`));
      return;
    }
    const have = this.#have.get(number)! + 1;
    if (have < this.#sockets.length) {
      this.#have.set(number, have);
      return;
    }
    this.#have.delete(number);
    this.#expected.delete(number);
    this.#wake();
  }

  #fail(problem: Error): void {
    this.#problem ??= problem;
    this.#wake();
  }

  /** All sessions get all messages in order, so the last one is the last that they get. */
  async #everybodyHas(number: number): Promise<void> {
    while (this.#have.has(number) && this.#problem === undefined) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#problem !== undefined) throw this.#problem;
  }
}

/** One for all: what is read is decoded before anybody else reads. */
const readBuffer = Buffer.alloc(256 * 1024);
