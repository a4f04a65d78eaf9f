import { Queue } from '../queue.js';
import type { WaitingBytes } from './waiting-bytes.js';

/** What was given to a socket and may not have been sent: the last of it, as sockets keep order. */
export class UnsentBytes {
  readonly #counts: WaitingBytes;
  readonly #pieces = new Queue<Uint8Array>();
  #bytes = 0;

  constructor(counts: WaitingBytes) {
    this.#counts = counts;
  }

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    this.#counts.queued(bytes);
  }

  /** The socket holds so many bytes: what is in front of these has been sent. */
  keepLast(bytes: number): void {
    while (this.#pieces.length > 0 && this.#bytes - this.#pieces.at(0).length >= bytes) {
      const piece = this.#pieces.shift();
      this.#bytes -= piece.length;
      this.#counts.unqueued(piece);
    }
  }
}
