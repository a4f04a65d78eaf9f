import type { Socket } from 'node:net';

/** How many sockets there may be. */
export interface OpenSocketsOptions {
  /** Beyond it, connections are turned away. */
  readonly max: number;
  /** So many that were turned away may stay a little, to read why in peace. */
  readonly lingeringMax: number;
  /** Told of each connection beyond `max`; `count` is how many sockets are open. */
  readonly onCrowded: (count: number) => void;
}

/**
 * The sockets of all listeners of a server. Each takes one of the process's handles, which the
 * store, the transcripts and the page need as well: connections stop before there are none left.
 * When the system has none, it is too late to tell anybody why.
 */
export class OpenSockets {
  readonly #options: OpenSocketsOptions;
  #count = 0;
  #lingering = 0;

  constructor(options: OpenSocketsOptions) {
    this.#options = options;
  }

  /** Whether the connection that came last may stay. */
  get hasRoom(): boolean {
    return this.#count - this.#lingering <= this.#options.max;
  }

  /** Counts a connection until it is closed. */
  add(socket: Socket): void {
    this.#count += 1;
    (socket as CountedSocket)[counter] = this;
    socket.on('close', onClose);
    if (!this.hasRoom) this.#options.onCrowded(this.#count);
  }

  /**
   * The peer has been told, and the socket ended, because it may not stay. Beyond the number of
   * those that linger, it is closed at once: what was written is in the system's hands.
   */
  turnedAway(socket: Socket): void {
    if (this.mayLinger(socket)) return;
    if (socket.writableLength === 0) socket.destroy();
    else socket.destroySoon();
  }

  /** Whether a connection that may not stay may wait until it can be told so; it lingers then. */
  mayLinger(socket: Socket): boolean {
    if (this.#lingering >= this.#options.lingeringMax) return false;
    this.#lingering += 1;
    socket.once('close', () => (this.#lingering -= 1));
    return true;
  }

  /** A connection goes on as another socket, which is counted in its place. */
  handOver(socket: Socket, to: Socket): void {
    socket.off('close', onClose);
    (to as CountedSocket)[counter] = this;
    to.on('close', onClose);
  }

  /** Whoever calls this calls `closed` when the connection is closed. */
  takeOver(socket: Socket): void {
    socket.off('close', onClose);
  }

  closed(): void {
    this.#count -= 1;
  }
}

const counter = Symbol('counter');

/** A socket that knows where it is counted, so that all sockets can share their handler. */
interface CountedSocket extends Socket {
  [counter]: OpenSockets;
}

function onClose(this: Socket): void {
  (this as CountedSocket)[counter].closed();
}
