import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { FrameDecoder } from '../../src/protocol/framing.js';
import { bytes, frame } from './bytes.js';
import { RawClient, type ClientOptions } from './raw-client.js';
import { reflection, type Reflection } from './reflection.js';
import {
  binaryProtocol,
  expectCanonical,
  jsonProtocol,
  WebSocketClient,
} from './web-socket-client.js';

/** How a session over WebSocket writes its messages. */
export type Encoding = 'binary' | 'json';

const reflected: Reflection = await reflection();
const { read, write } = reflected;

/**
 * The stream of frames that a WebSocket carries, so that all that is known of sessions over
 * TCP can be asked of those over WebSocket. Between frames and JSON it goes by protobufjs,
 * which looks at every message that the server sends.
 */
class WebSocketPipe extends Duplex {
  readonly #socket: WebSocket;
  readonly #encoding: Encoding;
  readonly #decoder = new FrameDecoder(2 ** 30);

  constructor(socket: WebSocket, encoding: Encoding) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#encoding = encoding;
    socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
    socket.on('close', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    if (this.#encoding === 'binary') {
      this.#socket.send(chunk);
    } else {
      this.#decoder.push(chunk, {
        frame: (body, start, end) => {
          this.#socket.send(JSON.stringify(read(body.slice(start, end))));
          return true;
        },
      });
    }
    callback();
  }

  override _final(callback: () => void): void {
    this.#socket.close();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#socket.terminate();
    callback(error);
  }

  #receive(data: Buffer, isBinary: boolean): void {
    try {
      if (isBinary !== (this.#encoding === 'binary')) throw new Error('not the agreed encoding');
      if (!this.push(isBinary ? data : frameOf(data.toString('utf8')))) this.#socket.pause();
    } catch (error) {
      this.destroy(error as Error);
    }
  }
}

function frameOf(text: string): Uint8Array {
  const json: unknown = JSON.parse(text);
  expectCanonical(json, reflected);
  return frame(bytes(write(json)));
}

/** A client of frames that are carried by a WebSocket. */
export async function overWebSocket(
  port: number,
  encoding: Encoding,
  options: ClientOptions & { readonly path?: string } = {},
): Promise<RawClient> {
  const protocols = [encoding === 'binary' ? binaryProtocol : jsonProtocol];
  const { socket } = await WebSocketClient.open(port, { path: options.path ?? '/ws', protocols });
  return RawClient.over(new WebSocketPipe(socket, encoding), options);
}
