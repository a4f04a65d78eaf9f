// Cuts a stream into frames of one known size, and hands each to `visit` where it
// lies: in the buffer that was read into, or in `#begun` if it came in pieces.
export class FrameReader {
  readonly #frameBytes: number;
  readonly #visit: (bytes: Buffer, at: number) => void;
  readonly #begun: Buffer;
  #begunBytes = 0;

  constructor(frameBytes: number, visit: (bytes: Buffer, at: number) => void) {
    this.#frameBytes = frameBytes;
    this.#visit = visit;
    this.#begun = Buffer.alloc(frameBytes);
  }

  receive(bytes: Buffer, length: number): void {
    let at = 0;
    if (this.#begunBytes > 0) {
      const missing = this.#frameBytes - this.#begunBytes;
      at = Math.min(missing, length);
      bytes.copy(this.#begun, this.#begunBytes, 0, at);
      this.#begunBytes += at;
      if (at < missing) return;
      this.#begunBytes = 0;
      this.#visit(this.#begun, 0);
    }
    for (; at + this.#frameBytes <= length; at += this.#frameBytes) this.#visit(bytes, at);
    if (at < length) {
      bytes.copy(this.#begun, 0, at, length);
      this.#begunBytes = length - at;
    }
  }
}
