import { Socket } from 'node:net';
import { unremarkableBytes } from './listen.js';

/** What one read brings from a socket of which no more is known. */
const smallBytes = 4 * 1024;

/** The same from one whose last read filled that, and that was all taken at once. */
const largeBytes = 64 * 1024;

/** So many sockets may have large reads at a time; few send so much. */
const largeReadersMax = 256;

/**
 * The memory that sockets are read into, the same for all: what a read brings is used up
 * before the next one, or copied. So a connection that is not read costs what its last read
 * has brought, and thousands that send as much as they can cost a few kilobytes each.
 */
export class ReadBuffers {
  readonly small = Buffer.allocUnsafeSlow(smallBytes);
  readonly large = Buffer.allocUnsafeSlow(largeBytes);
  #largeReaders = 0;

  /** Whether one more socket may have large reads; if so, `leaveLarge` follows. */
  enterLarge(): boolean {
    if (this.#largeReaders === largeReadersMax) return false;
    this.#largeReaders += 1;
    return true;
  }

  leaveLarge(): void {
    this.#largeReaders -= 1;
  }
}

/**
 * Takes what a socket brings. The bytes are only there until it returns; it returns whether
 * all of them were taken.
 */
export type TakeBytes = (bytes: Uint8Array) => boolean;

/** The handle below a socket of Node's, which its types leave out. */
interface SocketWithHandle {
  _handle: unknown;
}

/**
 * The same connection as a socket that reads into `buffers`, and hands what comes to `take`
 * instead of emitting `data`. Only such a socket really stops when it is paused: others read
 * up to 64 KiB more, which lie in them uncounted. Node makes them of connections that a
 * program opens (`onread` of net.connect), not of those that a server accepts, so the handle
 * is moved to a second socket.
 *
 * Where that is not possible, for what is no plain TCP socket or is gone already, it is the
 * socket itself, with a listener for `data`.
 */
export function readInto(socket: Socket, buffers: ReadBuffers, take: TakeBytes): Socket {
  const inner = socket as unknown as SocketWithHandle;
  const handle = inner._handle as { useUserBuffer?: unknown } | null | undefined;
  const isPlain = socket.constructor === Socket && typeof handle?.useUserBuffer === 'function';
  if (!isPlain || socket.writableLength > 0 || socket.readableLength > 0) {
    return socket.on('data', take);
  }
  let isLarge = false;
  let wantsLarge = false;
  const next = (): Buffer => {
    if (isLarge && !wantsLarge) {
      buffers.leaveLarge();
      isLarge = false;
    } else if (wantsLarge && !isLarge) {
      isLarge = buffers.enterLarge();
    }
    return isLarge ? buffers.large : buffers.small;
  };
  inner._handle = null;
  const options = {
    handle,
    allowHalfOpen: true,
    highWaterMark: unremarkableBytes,
    onread: {
      buffer: next,
      callback: (length: number, buffer: Uint8Array): boolean => {
        const isTaken = take(buffer.subarray(0, length));
        wantsLarge = isTaken && length >= smallBytes;
        // Whether to read on is said by pausing.
        return true;
      },
    },
  };
  const reader = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  reader.once('close', () => {
    if (isLarge) buffers.leaveLarge();
  });
  // It is only a shell now; its server forgets it.
  socket.destroy();
  return reader;
}
