import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { handshake } from '../../support/raw-websocket.js';
import { ServerFrames, type ReceivedFrame } from '../../support/websocket-frames.js';
import type { Target } from './light-session.js';

/** A WebSocket that costs its process little. It says nothing by itself. */
export class LightWebSocket implements Disposable {
  readonly socket: Socket;
  /** Takes every frame. */
  onFrame: (frame: ReceivedFrame) => void = () => {};
  #mayEnd = false;

  private constructor(socket: Socket, target: Target) {
    this.socket = socket;
    socket.on('error', (error) => this.#ended(target, error.message));
    socket.on('close', () => this.#ended(target, 'the server closed the connection'));
  }

  /** Settles when the server has agreed. */
  static async open(target: Target, path: string, protocol?: string): Promise<LightWebSocket> {
    const socket = connect({ port: target.httpPort, host: '127.0.0.1', noDelay: true });
    const webSocket = new LightWebSocket(socket, target);
    await once(socket, 'connect');
    socket.write(handshake(path, { 'Sec-WebSocket-Protocol': protocol }));
    let head = Buffer.alloc(0);
    while (!head.includes('\r\n\r\n')) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      head = Buffer.concat([head, chunk]);
    }
    if (!head.toString('latin1').startsWith('HTTP/1.1 101 ')) {
      throw new Error(`the server did not agree: ${head.toString('latin1')}`);
    }
    const frames = new ServerFrames();
    const take = (chunk: Uint8Array): void => {
      for (const frame of frames.push(chunk)) webSocket.onFrame(frame);
    };
    take(head.subarray(head.indexOf('\r\n\r\n') + 4));
    socket.on('data', take);
    return webSocket;
  }

  /** From now on the connection may end. */
  mayEnd(): void {
    this.#mayEnd = true;
  }

  [Symbol.dispose](): void {
    this.#mayEnd = true;
    this.socket.destroy();
  }

  #ended(target: Target, reason: string): void {
    if (this.#mayEnd) return;
    this.#mayEnd = true;
    target.lost(reason);
  }
}
