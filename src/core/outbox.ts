import { chatMessage } from '../protocol/codec.js';
import { encodeMessage, type Encoding } from '../protocol/encodings.js';
import type { ChatMessage } from '../protocol/messages.js';
import type { MemoryBudget } from './memory.js';
import type { Connection } from './ports.js';

/** What an outbox needs of a connection. */
export type OutboxConnection = Pick<Connection, 'encoding' | 'bytesWaiting' | 'write'>;

/**
 * What is written to one session. The bytes that wait for it lie in its connection, which also
 * counts them for the memory of all; this watches that there are not too many for one.
 */
export class Outbox {
  /** How messages are written from now on. */
  encoding: Encoding;
  readonly #connection: OutboxConnection;
  readonly #bytesMax: number;
  readonly #memory: MemoryBudget;
  #bytesSent = 0;
  #isFull = false;
  #isWaiting = false;
  #isClosed = false;

  constructor(connection: OutboxConnection, bytesMax: number, memory: MemoryBudget) {
    this.encoding = connection.encoding;
    this.#connection = connection;
    this.#bytesMax = bytesMax;
    this.#memory = memory;
  }

  /** Whether nothing should be sent before `drained`. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Whether the system takes no more: what is written now waits here, until `drained`. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** All that was ever written. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /**
   * Sends bytes. Returns false when more waits now than may; what was given is sent
   * all the same, and nothing further should be before `drained`.
   */
  write(bytes: Uint8Array): boolean {
    if (this.#isClosed) return false;
    this.#bytesSent += bytes.length;
    if (this.#connection.write(bytes)) return true;
    this.#isWaiting = true;
    this.#isFull = this.#connection.bytesWaiting > this.#bytesMax * this.#memory.share;
    return !this.#isFull;
  }

  /** Sends a message. */
  tell(message: Partial<ChatMessage>): void {
    this.write(encodeMessage(this.encoding, chatMessage(message)));
  }

  /** Nothing waits any more. */
  drained(): void {
    this.#isFull = false;
    this.#isWaiting = false;
  }

  /** The connection is gone, and what waited with it. */
  close(): void {
    this.#isClosed = true;
    this.drained();
  }
}
