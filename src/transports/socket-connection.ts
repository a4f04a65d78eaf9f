import type { Socket } from 'node:net';
import type { Connection } from '../core/ports.js';
import type { Session } from '../core/session.js';
import type { Encoding } from '../protocol/encodings.js';
import type { ErrorCode } from '../protocol/messages.js';
import { rowOf } from './kernel-queues.js';
import type { StallWatch, Watchable } from './stall-watch.js';
import { WriteQueue } from './write-queue.js';

/**
 * With less than this waiting, `write` says that all is well: looking closer at
 * every write of a busy session would cost more than the memory is worth. A turn's
 * batch is smaller. It is the high watermark of the sockets.
 */
export const unremarkableBytes = 64 * 1024;

/** How long a connection that was ended waits for the peer's end before it is cut. */
const lingerMs = 2000;

/**
 * A session's socket, whatever is spoken on it. Its handlers are shared by all sockets, and
 * what only a busy or slow connection needs is made then: an idle one should cost little.
 */
export abstract class SocketConnection implements Connection, Watchable {
  abstract readonly transport: string;
  abstract readonly encoding: Encoding;
  abstract readonly mustSpeak: boolean;
  readonly address: string;
  readonly port: number;
  /** Undefined when it was turned away. */
  protected abstract readonly session: Session | undefined;
  /** Why the connection ended, if it did not just end. */
  protected problem: string | undefined;
  readonly #socket: Socket;
  readonly #stalls: StallWatch;
  /** What the socket does not take at the moment. */
  #queue: WriteQueue | undefined;
  /** Runs until the cut, from the last time that bytes were taken. */
  #timer: NodeJS.Timeout | undefined;
  #isEnding = false;

  constructor(socket: Socket, stalls: StallWatch) {
    this.#socket = socket;
    this.#stalls = stalls;
    // Both are missing when the peer is gone already; `close` follows.
    this.address = socket.remoteAddress ?? 'unknown';
    this.port = socket.remotePort ?? 0;

    (socket as OwnedSocket)[owner] = this;
    socket.on('data', onData).on('end', onEnd).on('drain', onDrain);
    socket.on('finish', onFinish).on('error', onError).on('close', onClose);
  }

  get bytesWaiting(): number {
    return this.#socket.writableLength + (this.#queue?.bytes ?? 0);
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  get row(): string {
    return rowOf(this.#socket.localPort ?? 0, this.address, this.port);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isEnding) return false;
    if (this.#queue === undefined) {
      const isSmall = bytes.length <= unremarkableBytes;
      if (isSmall && this.#socket.write(bytes)) return true;
      this.#queue = new WriteQueue(unremarkableBytes);
      if (isSmall) {
        // The socket has them, but it is full.
        this.#watch();
        return false;
      }
    }
    this.#queue.push(bytes);
    return !this.#isWatched && this.#feed(this.#queue);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(code?: ErrorCode): void {
    if (this.#isEnding) return;
    this.sayLast(code);
    this.#isEnding = true;
    if (this.#queue === undefined) this.#socket.end();
    // A little may wait in the socket, with nobody watching it yet.
    if (!this.#isWatched) this.#watch();
    // Closing with unread input would reset the connection, and the peer might lose
    // the last words. So read on, for a while, into nothing.
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Bytes have come from the peer. */
  abstract received(chunk: Uint8Array): void;

  /** Writes what a protocol says before the end; `code` as in `end`. */
  protected abstract sayLast(code: ErrorCode | undefined): void;

  /** All that waited has been taken. */
  protected caughtUp(): void {
    this.session?.drained();
  }

  peerEnded(): void {
    this.session?.ended();
  }

  /** The system has taken all that the socket had, which is progress. */
  drained(): void {
    if (this.#queue === undefined || !this.#feed(this.#queue)) return;
    if (!this.#isEnding) this.caughtUp();
  }

  /** All has been sent, the end included; the peer has a little time to end its side. */
  finished(): void {
    this.#cutAfter(lingerMs);
  }

  failed(error: Error): void {
    this.problem = `the connection failed: ${error.message}`;
  }

  closed(): void {
    this.#unwatch();
    this.session?.closed(this.problem);
  }

  stalled(): void {
    if (this.#isEnding) {
      this.#socket.destroy();
      return;
    }
    this.session?.stalled();
    this.#cutAfter(lingerMs);
  }

  /** Gives the socket as much as it takes; returns whether nothing waits any more. */
  #feed(queue: WriteQueue): boolean {
    for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) {
      if (!this.#socket.write(piece)) {
        this.#watch();
        return false;
      }
    }
    this.#unwatch();
    this.#queue = undefined;
    if (this.#isEnding) {
      this.#socket.end();
      // A little may still wait in the socket.
      this.#watch();
    }
    return true;
  }

  /** Whether somebody looks that what waits is taken. */
  get #isWatched(): boolean {
    return this.#timer !== undefined || this.#stalls.has(this);
  }

  /** Gives the peer time, from now on, to take what the socket holds. */
  #watch(): void {
    if (this.#timer !== undefined) this.#timer.refresh();
    else this.#stalls.restart(this);
  }

  #unwatch(): void {
    this.#stalls.delete(this);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #cutAfter(delayMs: number): void {
    this.#unwatch();
    this.#timer = setTimeout(() => this.#socket.destroy(), delayMs);
  }
}

const owner = Symbol('connection');

/** A socket that knows its connection, so that all sockets can share their handlers. */
interface OwnedSocket extends Socket {
  [owner]: SocketConnection;
}

function onData(this: OwnedSocket, chunk: Uint8Array): void {
  const connection = this[owner];
  if (!connection.isEnding) connection.received(chunk);
}

function onEnd(this: OwnedSocket): void {
  this[owner].peerEnded();
}

function onDrain(this: OwnedSocket): void {
  this[owner].drained();
}

function onFinish(this: OwnedSocket): void {
  this[owner].finished();
}

function onError(this: OwnedSocket, error: Error): void {
  this[owner].failed(error);
}

function onClose(this: OwnedSocket): void {
  this[owner].closed();
}
