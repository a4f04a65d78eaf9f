import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Node } from '../core/node.js';
import type { Connection } from '../core/ports.js';
import type { Session } from '../core/session.js';
import { answerTo, foreignProtocol, tellingBytes } from './foreign-protocol.js';

/** How a TCP listener is set up. */
export interface TcpOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** A connection with bytes waiting that takes none for so long is given up. */
  readonly stallTimeoutMs: number;
}

/** A listener that feeds a node. */
export interface TcpListener {
  readonly host: string;
  /** The real port, also when a free one was asked for. */
  readonly port: number;
  /** Accepts no connection any more; those that stand are the node's to close. */
  close(): void;
}

/**
 * With less than this waiting, `write` says that all is well: looking closer at
 * every write of a busy session would cost more than the memory is worth. A turn's
 * batch is smaller.
 */
const unremarkableBytes = 64 * 1024;

/** How long a connection that was ended waits for the peer's end before it is cut. */
const lingerMs = 2000;

/** Connections that the system completes before they are accepted, for thousands that come at once. */
const backlogConnections = 4096;

/** Listens for plain TCP connections: a stream of frames each. Rejects when it cannot listen. */
export async function listenTcp(node: Node, options: TcpOptions): Promise<TcpListener> {
  const server = createServer(
    // Half-open: what a peer is owed is still delivered after it has ended its side.
    { allowHalfOpen: true, noDelay: true, highWaterMark: unremarkableBytes },
    (socket) => new TcpConnection(node, socket, options.stallTimeoutMs),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, backlog: backlogConnections }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // Later errors concern single connections that could not be accepted, for want of
  // files for instance; those who are connected go on.
  server.on('error', () => {});
  const { address, port } = server.address() as AddressInfo;
  return { host: address, port, close: () => void server.close() };
}

/** A session's socket. Its handlers are shared by all sockets: an idle one should cost little. */
class TcpConnection implements Connection {
  readonly transport = 'tcp';
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  readonly #stallTimeoutMs: number;
  readonly #session: Session | undefined;
  /** The first bytes, until there are enough to tell whether they are ours. */
  #beginning: Uint8Array | undefined;
  #isOurs = false;
  #problem: string | undefined;
  #isWatched = false;
  #linger: NodeJS.Timeout | undefined;

  constructor(node: Node, socket: Socket, stallTimeoutMs: number) {
    this.#socket = socket;
    this.#stallTimeoutMs = stallTimeoutMs;
    // Both are missing when the peer is gone already; `close` follows.
    this.address = socket.remoteAddress ?? 'unknown';
    this.port = socket.remotePort ?? 0;

    (socket as OwnedSocket)[owner] = this;
    socket.on('data', onData).on('end', onEnd).on('drain', onDrain);
    socket.on('timeout', onTimeout).on('error', onError).on('close', onClose);
    this.#session = node.accept(this);
  }

  get bytesWaiting(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#socket.write(bytes)) return true;
    // The socket's own timer knows of bytes that were taken from the middle of a
    // write; how much waits, as seen from here, changes only when all of it is taken.
    if (!this.#isWatched && this.#linger === undefined) {
      this.#isWatched = true;
      this.#socket.setTimeout(this.#stallTimeoutMs);
    }
    return false;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#linger !== undefined) return;
    this.#socket.end();
    // Closing with unread input would reset the connection, and the peer might lose
    // the last words. So read on, for a while, into nothing.
    this.#socket.resume();
    this.#linger = setTimeout(() => this.#socket.destroy(), lingerMs);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  onData(chunk: Uint8Array): void {
    if (this.#linger !== undefined) return;
    if (this.#isOurs || this.#mayBeOurs(chunk)) this.#session?.receive(chunk);
  }

  onEnd(): void {
    this.#session?.ended();
  }

  onDrain(): void {
    if (this.#isWatched) {
      this.#isWatched = false;
      this.#socket.setTimeout(0);
    }
    this.#session?.drained();
  }

  onTimeout(): void {
    this.#session?.stalled();
  }

  onError(error: Error): void {
    this.#problem = `the connection failed: ${error.message}`;
  }

  onClose(): void {
    clearTimeout(this.#linger);
    this.#session?.closed(this.#problem);
  }

  /** Looks at the first bytes; a peer that speaks another protocol is told so and sent away. */
  #mayBeOurs(chunk: Uint8Array): boolean {
    const beginning = Buffer.concat([this.#beginning ?? new Uint8Array(0), chunk], tellingBytes);
    const bytes = Math.min(tellingBytes, (this.#beginning?.length ?? 0) + chunk.length);
    if (bytes < tellingBytes) {
      this.#beginning = beginning.subarray(0, bytes);
      return true;
    }
    const protocol = foreignProtocol(beginning);
    this.#isOurs = protocol === undefined;
    this.#beginning = undefined;
    if (protocol === undefined) return true;

    this.#problem = `the peer speaks ${protocol}`;
    this.#socket.write(answerTo(protocol));
    this.end();
    return false;
  }
}

const owner = Symbol('connection');

/** A socket that knows its connection, so that all sockets can share their handlers. */
interface OwnedSocket extends Socket {
  [owner]: TcpConnection;
}

function onData(this: OwnedSocket, chunk: Uint8Array): void {
  this[owner].onData(chunk);
}

function onEnd(this: OwnedSocket): void {
  this[owner].onEnd();
}

function onDrain(this: OwnedSocket): void {
  this[owner].onDrain();
}

function onTimeout(this: OwnedSocket): void {
  this[owner].onTimeout();
}

function onError(this: OwnedSocket, error: Error): void {
  this[owner].onError(error);
}

function onClose(this: OwnedSocket): void {
  this[owner].onClose();
}
