import type { Writable } from 'node:stream';
import * as ws from 'ws';

/**
 * The one door to the package `ws`. It does the handshake, assembles what clients send,
 * and is the client's WebSocket in Node.
 */
export { WebSocket, WebSocketServer } from 'ws';

/** What a `Receiver` is made with. */
export interface ReceiverOptions {
  /** Frames must be masked then. */
  readonly isServer: boolean;
  readonly maxPayload: number;
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
}

/**
 * Takes the bytes of a WebSocket connection, and emits `message` (a Buffer, and whether it
 * is binary), `ping`, `pong`, `conclude` (the code and reason of a close frame) and
 * `error`, after which there is nothing any more. The package exports it and its types
 * leave it out.
 */
export const Receiver = (
  ws as unknown as { readonly Receiver: new (options: ReceiverOptions) => Writable }
).Receiver;
