import type { Socket } from 'node:net';
import type { Connection } from '../core/ports.js';
import type { Session } from '../core/session.js';
import type { Encoding } from '../protocol/encodings.js';
import type { ErrorCode } from '../protocol/messages.js';
import { rowOf } from './kernel-queues.js';
import { unremarkableBytes } from './socket-options.js';
import { announcePeer, peerOf } from './peers.js';
import type { BytesTaker } from './read-buffers.js';
import type { SharedParts } from './shared-parts.js';
import type { Watchable } from './stall-watch.js';
import { tellNobody, tellOwner } from './socket-owner.js';
import { UnsentBytes } from './unsent-bytes.js';
import type { Recounted } from './waiting-bytes.js';
import { WriteQueue } from './write-queue.js';

/** How long a connection that was ended waits for the peer's end before it is cut. */
const lingerMs = 2000;

/**
 * A session's socket, whatever is spoken on it. Its handlers are shared by all sockets, and
 * what only a busy or slow connection needs is made then: an idle one should cost little.
 */
export abstract class SocketConnection implements Connection, BytesTaker, Watchable, Recounted {
  abstract readonly transport: string;
  abstract readonly encoding: Encoding;
  abstract readonly mustSpeak: boolean;
  readonly address: string;
  readonly port: number;
  /** Undefined when it was turned away. */
  protected abstract readonly session: Session | undefined;
  /** Why the connection ended, if it did not just end. */
  protected problem: string | undefined;
  readonly socket: Socket;
  readonly #shared: SharedParts;
  /** What has arrived and was not taken; nothing more is read until it is. */
  #untaken: Uint8Array | undefined;
  #isPaused = false;
  /** Whether the peer has ended its side after what was not taken. */
  #hasEndedAfterUntaken = false;
  /** What the socket does not take at the moment. */
  #queue: WriteQueue | undefined;
  /** What was given to the socket since it was last empty; it may hold some of that. */
  #unsent: UnsentBytes | undefined;
  /** Runs until the cut, from the last time that bytes were taken. */
  #timer: NodeJS.Timeout | undefined;
  #isEnding = false;

  constructor(accepted: Socket, shared: SharedParts) {
    ({ address: this.address, port: this.port } = peerOf(accepted));
    this.#shared = shared;

    shared.openSockets.takeOver(accepted);
    const socket = shared.reads.read(accepted, this);
    this.socket = socket;
    tellOwner(socket, this);
  }

  get isConfidential(): boolean {
    return this.#shared.isConfidential(this.socket);
  }

  get isOperator(): boolean {
    return false;
  }

  get bytesWaiting(): number {
    return this.socket.writableLength + (this.#queue?.bytes ?? 0);
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  get row(): string {
    // Of the connection itself, which may be a proxy's.
    const { localPort = 0, remoteAddress = 'unknown', remotePort = 0 } = this.socket;
    return rowOf(localPort, remoteAddress, remotePort);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isEnding) return false;
    if (this.#queue === undefined) {
      const isSmall = bytes.length <= unremarkableBytes;
      if (isSmall && this.#send(bytes)) return true;
      this.#queue = new WriteQueue(unremarkableBytes, this.#shared.waiting);
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
    // What comes after the end is read into nothing.
    if (this.#isEnding) return;
    this.#isPaused = true;
    this.socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    const bytes = this.#untaken;
    if (bytes !== undefined) {
      this.#forgetUntaken();
      this.#takeOwn(bytes);
    }
    // The last of these bytes may have been reason enough to pause again.
    if (this.#isPaused) return;
    this.socket.resume();
    if (this.#hasEndedAfterUntaken) this.peerEnded();
  }

  end(code?: ErrorCode): void {
    if (this.#isEnding) return;
    this.sayLast(code);
    this.#isEnding = true;
    if (this.#queue === undefined) this.socket.end();
    // A little may wait in the socket, with nobody watching it yet.
    if (!this.#isWatched) this.#watch();
    // Closing with unread input would reset the connection, and the peer might lose
    // the last words. So read on, for a while, into nothing.
    this.#forgetUntaken();
    this.socket.resume();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /**
   * Bytes have come from the peer, which are only there until this returns. Returns how many
   * of them were taken; the rest comes again, in front of more, after `resume`.
   */
  protected abstract received(bytes: Uint8Array): number;

  /** Writes what a protocol says before the end; `code` as in `end`. */
  protected abstract sayLast(code: ErrorCode | undefined): void;

  /** All that waited has been taken. */
  protected caughtUp(): void {
    this.session?.drained();
  }

  /** Whether nothing was ever written. */
  protected get isUntouched(): boolean {
    return this.socket.bytesWritten === 0 && this.bytesWaiting === 0;
  }

  /** Gives the connection to somebody else, when nothing was written and nothing is kept. */
  protected release(): Socket {
    const { socket } = this;
    tellNobody(socket);
    this.#isEnding = true;
    this.closed();
    const released = this.#shared.reads.release(socket);
    announcePeer(released, this);
    this.#shared.openSockets.add(released);
    return released;
  }

  /** Notices when the socket holds nothing any more; returns whether it still does. */
  recount(): boolean {
    if (this.#unsent === undefined) return false;
    const bytes = this.socket.destroyed ? 0 : this.socket.writableLength;
    this.#unsent.keepLast(bytes);
    if (bytes > 0) return true;
    this.#unsent = undefined;
    return false;
  }

  /** The peer has ended its sending side, and all before that was read from the socket. */
  ended(): void {
    if (this.#untaken === undefined) this.peerEnded();
    else this.#hasEndedAfterUntaken = true;
  }

  /** The peer has ended its sending side. */
  protected peerEnded(): void {
    this.session?.ended();
  }

  /** The system has taken all that the socket had, which is progress. */
  drained(): void {
    this.recount();
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
    this.#forgetUntaken();
    this.#shared.reads.forget(this.socket);
    this.#shared.openSockets.closed();
    this.#queue?.discard();
    this.recount();
    this.session?.closed(this.problem);
  }

  stalled(): void {
    if (this.#isEnding) {
      this.socket.destroy();
      return;
    }
    this.session?.stalled();
    this.#cutAfter(lingerMs);
  }

  /** Bytes have come from the socket; returns whether all of them were taken. */
  take(bytes: Uint8Array): boolean {
    if (this.#isEnding) return true;
    if (this.#untaken !== undefined) {
      // It is paused as long as something was not taken: whatever is wrong, this must not go on.
      this.problem = 'bytes came out of order';
      this.destroy();
      return false;
    }
    const taken = this.received(bytes);
    if (taken >= bytes.length || this.#isEnding) return true;
    // A copy: what is read next goes to the same place.
    this.#leave(new Uint8Array(bytes.subarray(taken)));
    return false;
  }

  /** The same for bytes that were not taken before. */
  #takeOwn(bytes: Uint8Array): void {
    const taken = this.received(bytes);
    if (taken >= bytes.length || this.#isEnding) return;
    const rest = bytes.subarray(taken);
    // No copy as long as most of it is needed.
    this.#leave(rest.length > bytes.buffer.byteLength / 2 ? rest : new Uint8Array(rest));
  }

  #leave(bytes: Uint8Array): void {
    this.#untaken = bytes;
    this.#shared.waiting.changed(0, bytes.buffer.byteLength);
  }

  #forgetUntaken(): void {
    this.#shared.waiting.changed(this.#untaken?.buffer.byteLength ?? 0, 0);
    this.#untaken = undefined;
  }

  /** Gives bytes to the socket; returns whether it takes more. */
  #send(bytes: Uint8Array): boolean {
    const takesMore = this.socket.write(bytes);
    // Most of the time the system has them already.
    const { writableLength } = this.socket;
    if (writableLength > 0) {
      if (this.#unsent === undefined) {
        this.#unsent = new UnsentBytes(this.#shared.waiting);
        this.#shared.waiting.watch(this);
      }
      this.#unsent.push(bytes);
      this.#unsent.keepLast(writableLength);
    }
    return takesMore;
  }

  /** Gives the socket as much as it takes; returns whether nothing waits any more. */
  #feed(queue: WriteQueue): boolean {
    for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) {
      if (!this.#send(piece)) {
        this.#watch();
        return false;
      }
    }
    this.#unwatch();
    this.#queue = undefined;
    if (this.#isEnding) {
      this.socket.end();
      // A little may still wait in the socket.
      this.#watch();
    }
    return true;
  }

  /** Whether somebody watches that what waits is taken. */
  get #isWatched(): boolean {
    return this.#timer !== undefined || this.#shared.stalls.has(this);
  }

  /** Gives the peer time, from now on, to take what the socket holds. */
  #watch(): void {
    if (this.#timer !== undefined) this.#timer.refresh();
    else this.#shared.stalls.restart(this);
  }

  #unwatch(): void {
    this.#shared.stalls.delete(this);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #cutAfter(delayMs: number): void {
    this.#unwatch();
    this.#timer = setTimeout(() => this.socket.destroy(), delayMs);
  }
}
