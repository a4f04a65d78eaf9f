import { Queue } from '../queue.js';
import type { WaitingBytes } from './waiting-bytes.js';

/** Bytes that wait for a socket, handed out in pieces of at most `pieceBytesMax`. */
export class WriteQueue {
  readonly #pieceBytesMax: number;
  readonly #counts: WaitingBytes;
  readonly #waiting = new Queue<Uint8Array>();
  #bytes = 0;

  constructor(pieceBytesMax: number, counts: WaitingBytes) {
    this.#pieceBytesMax = pieceBytesMax;
    this.#counts = counts;
  }

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  push(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    this.#counts.queued(bytes);
  }

  /** The next piece; undefined when nothing waits. */
  shift(): Uint8Array | undefined {
    if (this.#waiting.length === 0) return undefined;
    const bytes = this.#waiting.at(0);
    const piece = bytes.subarray(0, this.#pieceBytesMax);
    this.#bytes -= piece.length;
    if (piece.length < bytes.length) this.#waiting.replaceFirst(bytes.subarray(piece.length));
    else this.#drop();
    return piece;
  }

  /** Nothing of it will be sent. */
  discard(): void {
    while (this.#waiting.length > 0) this.#drop();
    this.#bytes = 0;
  }

  #drop(): void {
    this.#counts.unqueued(this.#waiting.shift());
  }
}
