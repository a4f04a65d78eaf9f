import { closedError, ConnectionError } from './errors.js';
import type { Dial, Stream, StreamListener } from './stream.js';

/** What is used of a WebSocket (https://websockets.spec.whatwg.org), a browser's or another. */
export interface StandardWebSocket {
  binaryType: string;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
  addEventListener(type: 'open', listener: () => void): void;
  /** Outside of browsers the event says what it is about. */
  addEventListener(
    type: 'error',
    listener: (event: { message?: string; error?: unknown }) => void,
  ): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: WebSocketClosed) => void): void;
  /** Outside of browsers: closes without waiting for the other side, which may be gone. */
  terminate?(): void;
}

/** Makes WebSockets. */
export type WebSocketClass = new (url: string, protocol: string) => StandardWebSocket;

interface WebSocketClosed {
  readonly code: number;
  readonly reason: string;
}

/** Each binary message is one or more whole frames. */
const subprotocol = 'tcpchat.v1.proto';

/** Where servers take WebSockets, unless the URL has a path. */
const defaultPath = '/ws';

/** How a WebSocket closes that just ended: NORMAL, or without a word (RFC 6455 section 7.4.1). */
const normalCode = 1000;
const noCode = 1005;

/** Opens WebSockets of that class to `ws://host/path` and `wss://host/path`. */
export function dialWebSocket(WebSocket: WebSocketClass): Dial {
  return async (url, listener, signal) => {
    signal.throwIfAborted();
    const target = new URL(url);
    if (target.pathname === '/') target.pathname = defaultPath;
    target.hash = ''; // which WebSockets refuse
    const socket = new WebSocket(target.href, subprotocol);
    socket.binaryType = 'arraybuffer';
    const stream = new WebSocketStream(socket, listener);
    await stream.opened(target.host, signal);
    return stream;
  };
}

class WebSocketStream implements Stream {
  readonly #socket: StandardWebSocket;
  readonly #listener: StreamListener;
  #isOpen = false;

  constructor(socket: StandardWebSocket, listener: StreamListener) {
    this.#socket = socket;
    this.#listener = listener;
  }

  /** Settles when the WebSocket stands, and rejects when it never will. */
  async opened(host: string, signal: AbortSignal): Promise<void> {
    const socket = this.#socket;
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.destroy();
        reject((signal.reason as Error | undefined) ?? closedError());
      };
      signal.addEventListener('abort', abort, { once: true });
      socket.addEventListener('open', () => {
        signal.removeEventListener('abort', abort);
        this.#isOpen = true;
        resolve();
      });
      // A page is not told why: it must not find out what is in the network around it.
      socket.addEventListener('error', ({ message, error: cause }) => {
        const why = message === undefined ? '' : ` (${message})`;
        reject(new ConnectionError('unreachable', `cannot connect to ${host}${why}`, { cause }));
      });
      socket.addEventListener('message', ({ data }) => this.#received(data));
      socket.addEventListener('close', (closed) => {
        signal.removeEventListener('abort', abort);
        if (this.#isOpen) this.#listener.closed(problemOf(closed));
        else reject(new ConnectionError('unreachable', `cannot connect to ${host}`));
      });
    });
  }

  write(bytes: Uint8Array): void {
    // Frames are never in memory that several threads share.
    this.#socket.send(bytes as Uint8Array<ArrayBuffer>);
  }

  end(): void {
    this.#socket.close(normalCode);
  }

  destroy(): void {
    if (this.#socket.terminate === undefined) this.#socket.close();
    else this.#socket.terminate();
  }

  #received(data: unknown): void {
    // A text message is nothing that a server sends here; read as bytes it is no frame either.
    const chunk = data instanceof ArrayBuffer ? data : new TextEncoder().encode(String(data));
    this.#listener.received(new Uint8Array(chunk));
  }
}

function problemOf({ code, reason }: WebSocketClosed): Error | undefined {
  if (code === normalCode || code === noCode) return undefined;
  const sentence = `the WebSocket was closed with code ${code}`;
  return new ConnectionError('lost', reason === '' ? sentence : `${sentence}: ${reason}`);
}
