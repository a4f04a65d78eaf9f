import type { WaitingBytes } from './waiting-bytes.js';

/** Bytes that wait for a socket, handed out in pieces of at most `pieceBytesMax`. */
export class WriteQueue {
  readonly #pieceBytesMax: number;
  readonly #counts: WaitingBytes;
  /** Those before `#first` have been handed out and are cleared away now and then. */
  #waiting: Uint8Array[] = [];
  #first = 0;
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
    const bytes = this.#waiting[this.#first];
    if (bytes === undefined) return undefined;
    const piece = bytes.subarray(0, this.#pieceBytesMax);
    this.#bytes -= piece.length;
    if (piece.length < bytes.length) this.#waiting[this.#first] = bytes.subarray(piece.length);
    else this.#drop(bytes);
    return piece;
  }

  /** Nothing of it will be sent. */
  discard(): void {
    for (const bytes of this.#waiting.slice(this.#first)) this.#counts.unqueued(bytes);
    this.#waiting = [];
    this.#first = 0;
    this.#bytes = 0;
  }

  #drop(bytes: Uint8Array): void {
    this.#counts.unqueued(bytes);
    this.#first += 1;
    if (this.#first <= this.#waiting.length / 2) return;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
  }
}
