import { Socket } from 'node:net';
import { unremarkableBytes } from './socket-options.js';

/** What one read brings from a socket of which no more is known. */
const smallBytes = 4 * 1024;

/** The same from one whose last read filled that, and that was all taken at once. */
const largeBytes = 64 * 1024;

/** So many sockets may have large reads at a time; few send so much. */
const largeReadersMax = 256;

/** Takes what a socket brings. */
export interface BytesTaker {
  /** The bytes are only there until it returns; it returns whether all of them were taken. */
  take(bytes: Uint8Array): boolean;
}

const taker = Symbol('taker');

/** A socket that knows who takes what it brings, so that all sockets can share their handlers. */
interface OwnedSocket extends Socket {
  [taker]: BytesTaker;
}

/** The handle below a socket of Node's, which its types leave out. */
interface SocketWithHandle {
  _handle: unknown;
}

/**
 * The memory that sockets are read into, the same for all: what a read brings is used up
 * before the next one, or copied. So a connection that is not read costs what its last read
 * has brought, and thousands that send as much as they can cost a few kilobytes each.
 */
export class ReadBuffers {
  readonly #small = Buffer.allocUnsafeSlow(smallBytes);
  readonly #large = Buffer.allocUnsafeSlow(largeBytes);
  readonly #largeReaders = new Set<Socket>();
  /** Where the socket reads next from which something has just come; Node asks right then. */
  #next = this.#small;
  readonly #onread: { readonly buffer: () => Buffer; readonly callback: OnRead };

  constructor() {
    const noteRead = this.#noteRead.bind(this);
    this.#onread = {
      buffer: () => {
        const next = this.#next;
        this.#next = this.#small;
        return next;
      },
      callback(this: Socket, length, buffer) {
        const isTaken = (this as OwnedSocket)[taker].take(buffer.subarray(0, length));
        noteRead(this, isTaken && length >= smallBytes);
        // Whether to read on is said by pausing.
        return true;
      },
    };
  }

  /**
   * The same connection as a socket that reads into these buffers, and hands what comes to
   * `to` instead of emitting `data`. Only such a socket really stops when it is paused:
   * others read up to 64 KiB more, which lie in them uncounted. Node makes them of
   * connections that a program opens (`onread` of net.connect), not of those that a server
   * accepts, so the handle is moved to a second socket.
   *
   * Where that is not possible, for what is no plain TCP socket or is gone already, it is
   * the socket itself, with a listener for `data`.
   */
  read(socket: Socket, to: BytesTaker): Socket {
    const inner = socket as unknown as SocketWithHandle;
    const handle = inner._handle as { useUserBuffer?: unknown } | null | undefined;
    const isPlain = socket.constructor === Socket && typeof handle?.useUserBuffer === 'function';
    if (!isPlain || socket.writableLength > 0 || socket.readableLength > 0) {
      (socket as OwnedSocket)[taker] = to;
      return socket.on('data', onData);
    }
    inner._handle = null;
    const options = { ...readerOptions, handle, onread: this.#onread };
    const reader = new Socket(options as ConstructorParameters<typeof Socket>[0]);
    (reader as OwnedSocket)[taker] = to;
    // It is only a shell now; its server forgets it.
    socket.destroy();
    return reader;
  }

  /**
   * The same connection as a socket that is read as usual, by somebody who takes its handle over,
   * as Node's HTTP and TLS do. Nothing of it was read that was not taken.
   */
  release(socket: Socket): Socket {
    this.forget(socket);
    delete (socket as Partial<OwnedSocket>)[taker];
    const inner = socket as unknown as SocketWithHandle;
    if (socket.constructor !== Socket || inner._handle === null) return socket.off('data', onData);
    const handle = inner._handle;
    inner._handle = null;
    const released = new Socket({ ...readerOptions, handle } as ConstructorParameters<
      typeof Socket
    >[0]);
    socket.destroy();
    return released;
  }

  /** A socket is closed. */
  forget(socket: Socket): void {
    this.#largeReaders.delete(socket);
  }

  #noteRead(socket: Socket, isMuch: boolean): void {
    if (isMuch && this.#largeReaders.size < largeReadersMax) this.#largeReaders.add(socket);
    else if (!isMuch && this.#largeReaders.size > 0) this.#largeReaders.delete(socket);
    if (isMuch && this.#largeReaders.has(socket)) this.#next = this.#large;
  }
}

type OnRead = (this: Socket, length: number, buffer: Uint8Array) => boolean;

const readerOptions = { allowHalfOpen: true, highWaterMark: unremarkableBytes } as const;

function onData(this: OwnedSocket, bytes: Uint8Array): void {
  this[taker].take(bytes);
}
