import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A plain TCP connection of a test: sends anything, and gathers what comes back. */
export class Talker implements Disposable {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #isClosed = false;
  #wake = (): void => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<Talker> {
    const socket = connect({ port, host, noDelay: true });
    await once(socket, 'connect');
    return new Talker(socket);
  }

  /** On a connection that stands. */
  static on(socket: Socket): Talker {
    return new Talker(socket);
  }

  say(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** Settles with all that came when it fits, or when the connection is closed. */
  async hears(fits: RegExp | 'the end'): Promise<string> {
    for (;;) {
      const text = this.#received.toString('latin1');
      if (fits !== 'the end' && fits.test(text)) return text;
      if (this.#isClosed) {
        if (fits === 'the end') return text;
        throw new Error(`${fits} did not come before the end, but ${JSON.stringify(text)}`);
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
