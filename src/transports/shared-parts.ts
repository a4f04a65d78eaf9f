import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { isLoopback } from '../core/addresses.js';
import type { MemoryBudget } from '../core/memory.js';
import type { Access } from './access.js';
import type { OpenSockets } from './open-sockets.js';
import { ReadBuffers } from './read-buffers.js';
import { StallWatch } from './stall-watch.js';
import { WaitingBytes } from './waiting-bytes.js';

/** What all connections of a listener share. */
export class SharedParts {
  readonly reads = new ReadBuffers();
  readonly stalls: StallWatch;
  readonly waiting: WaitingBytes;
  readonly openSockets: OpenSockets;
  readonly #access: Access;

  constructor(
    stallTimeoutMs: number,
    memory: MemoryBudget,
    openSockets: OpenSockets,
    access: Access,
  ) {
    this.openSockets = openSockets;
    this.#access = access;
    this.stalls = new StallWatch(stallTimeoutMs);
    this.waiting = new WaitingBytes(memory);
  }

  /** Whether nobody else reads what comes here, as far as can be known; see `Connection`. */
  isConfidential(socket: Socket): boolean {
    const { proxies, mayLogInPlainly } = this.#access;
    const { remoteAddress = '' } = socket;
    return (
      socket instanceof TLSSocket ||
      mayLogInPlainly ||
      isLoopback(remoteAddress) ||
      proxies.has(remoteAddress)
    );
  }
}
