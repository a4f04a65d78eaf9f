import type { MemoryBudget } from '../core/memory.js';
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

  constructor(stallTimeoutMs: number, memory: MemoryBudget, openSockets: OpenSockets) {
    this.openSockets = openSockets;
    this.stalls = new StallWatch(stallTimeoutMs);
    this.waiting = new WaitingBytes(memory);
  }
}
