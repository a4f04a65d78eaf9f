// One client connection. It reads into a buffer that all connections of the process
// share, so that receiving allocates nothing: what is not consumed when `receive`
// returns is overwritten.
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Dialect, MessageKind } from '../dialects/dialect.js';
import { MessageUnwrapper } from './message-unwrapper.js';

// Holds the largest batch that a server writes at once with room to spare. libuv
// reads again as long as a read fills the buffer, and never when it does not.
const bufferBytes = 256 * 1024;

/** How many connections a process opens at the same time: less than a server's backlog. */
const atOnce = 100;

export type Receive = (bytes: Buffer, length: number) => void;

export interface Endpoint {
  readonly port: number;
  readonly dialect: Dialect;
  /** See `Job.sink`. */
  readonly sink: string | undefined;
}

export class Connection {
  /** What is written to: in the end the one of TLS, where there is any. */
  socket: Socket;
  /** Gets what arrives once the connection is ready, without what it is wrapped in. */
  receive: Receive = () => {
    throw new Error('bytes arrived before the measurement');
  };
  readonly connected: Promise<void>;
  readonly ready: Promise<void>;
  #greeted = false;
  #received = '';
  #resolveReady = (): void => {};
  readonly #dialect: Dialect;

  constructor(endpoint: Endpoint, kind: MessageKind, channel: string, buffer: Buffer) {
    this.#dialect = endpoint.dialect;
    let resolveConnected = (): void => {};
    this.connected = new Promise((resolve) => {
      resolveConnected = resolve;
    });
    this.ready = new Promise((resolve) => {
      this.#resolveReady = resolve;
    });
    const unwrapper = endpoint.dialect.isWrapped ? new MessageUnwrapper() : undefined;
    const take = (bytes: Buffer, length: number): void => {
      if (!this.#greeted) this.#greet(bytes.toString('latin1', 0, length));
      else if (unwrapper === undefined) this.receive(bytes, length);
      else unwrapper.receive(bytes, length, this.receive);
    };
    const begin = (): void => {
      this.socket.write(endpoint.dialect.opening(kind, channel));
      resolveConnected();
    };
    const place = { port: endpoint.port, host: '127.0.0.1', noDelay: true };
    const { tls } = endpoint.dialect;
    if (tls === undefined) {
      const callback = (length: number): boolean => {
        take(buffer, length);
        return true;
      };
      this.socket = ended(connect({ ...place, onread: { buffer, callback } }));
      this.socket.on('connect', begin);
    } else {
      const plain = connect(place);
      this.socket = plain;
      plain.once(tls === 'at once' ? 'connect' : 'data', () => {
        this.socket = ended(connectTls({ socket: plain, rejectUnauthorized: false }));
        this.socket.once('secureConnect', begin);
        this.socket.on('data', (bytes: Buffer) => take(bytes, bytes.length));
      });
    }
  }

  #greet(text: string): void {
    this.#received += text;
    const { ready, answer } = this.#dialect.greet(this.#received);
    if (answer) this.socket.write(answer);
    if (!ready) return;
    this.#greeted = true;
    this.#received = '';
    this.#resolveReady();
  }
}

/** Neither is expected while the process lives: the orchestrator ends it first. */
function ended(socket: Socket): Socket {
  socket.on('error', (error) => {
    throw error;
  });
  socket.on('close', () => {
    throw new Error('the server closed a connection');
  });
  return socket;
}

/** For all connections of a process: see above. */
export function sharedBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(bufferBytes);
}

/** Opens full sessions, `atOnce` at a time, each of which is in its room when it is connected. */
export function openFull(
  sessions: readonly { open(): Promise<void> }[],
): Readonly<Record<'connected' | 'ready', Promise<void>>> {
  async function openAll(): Promise<void> {
    for (let next = 0; next < sessions.length; next += atOnce) {
      await Promise.all(sessions.slice(next, next + atOnce).map(async (one) => one.open()));
    }
  }
  const ready = openAll();
  return { connected: ready, ready };
}

/** A set of connections that are being opened. */
export interface Connections {
  /** Grows until `connected` settles; in the order of the channels. */
  readonly all: readonly Connection[];
  readonly connected: Promise<void>;
  readonly ready: Promise<void>;
}

/** Opens one connection per channel, `atOnce` at a time, in order. */
export function openConnections(
  endpoint: Endpoint,
  kind: MessageKind,
  channels: readonly string[],
): Connections {
  const buffer = sharedBuffer();
  const all: Connection[] = [];
  async function openAll(): Promise<void> {
    for (let next = 0; next < channels.length; next += atOnce) {
      const some = channels
        .slice(next, next + atOnce)
        .map((channel) => new Connection(endpoint, kind, channel, buffer));
      all.push(...some);
      await Promise.all(some.map((connection) => connection.connected));
    }
  }
  const connected = openAll();
  const ready = connected.then(async () => {
    await Promise.all(all.map((connection) => connection.ready));
  });
  return { all, connected, ready };
}
