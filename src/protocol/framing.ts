import { ChatError } from './errors.js';
import { lengthPrefixBytesMax } from './limits.js';
import { ErrorCode } from './messages.js';

/** Takes the frames that a decoder finds. */
export interface FrameSink {
  /**
   * One frame without its length prefix: `bytes` from `start` to before `end`. The
   * bytes are the decoder's or the transport's; whoever keeps them copies them.
   *
   * Returns false to stop the decoder after this frame.
   */
  frame(bytes: Uint8Array, start: number, end: number): boolean;
}

/** What a new partial frame allocates at most before more of it has arrived. */
const firstAllocationBytesMax = 1024;

/**
 * Turns chunks of a byte stream into frames: a varint length, then that many bytes
 * (chat.proto, Framing).
 *
 * A frame that lies whole in its chunk is handed on where it lies. Only one that
 * is spread over chunks is copied together; what that takes grows with what has
 * arrived, at most to twice that, never with what was announced. So a peer that
 * announces large frames and sends nothing costs nothing.
 */
export class FrameDecoder {
  /** Frames over so many bytes, not counting the prefix, are refused. */
  frameBytesMax: number;

  /** The prefix as far as it has arrived; `#prefixBytes` is 0 between frames and in bodies. */
  #prefix = 0;
  #prefixBytes = 0;

  /** The body that is spread over chunks; undefined when there is none. */
  #body: Uint8Array | undefined;
  #bodyBytes = 0;
  #bodyBytesWanted = 0;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  /** Whether a frame was begun and has not arrived whole. */
  get isMidFrame(): boolean {
    return this.#prefixBytes > 0 || this.#body !== undefined;
  }

  /** The memory that the frame takes that has not arrived whole. */
  get bytesHeld(): number {
    return this.#body?.length ?? 0;
  }

  /**
   * Decodes the next bytes of the stream, any number of them.
   *
   * Returns how many of them it has taken: all, unless the sink stopped it; the rest then
   * begins the next `push`.
   *
   * Throws `ChatError` with BAD_LENGTH or FRAME_TOO_LARGE; the stream has no frames
   * after that, and the decoder must not be used any more.
   */
  push(chunk: Uint8Array, sink: FrameSink): number {
    const length = chunk.length;
    let position = 0;
    while (position < length) {
      if (this.#body !== undefined) {
        position = this.#continueBody(chunk, position);
        if (this.#bodyBytes < this.#bodyBytesWanted) return length;
        const body = this.#body;
        this.#body = undefined;
        if (!sink.frame(body, 0, this.#bodyBytesWanted)) return position;
        continue;
      }

      // One byte of prefix is by far the most frequent case.
      let frameBytes = chunk[position]!;
      if (this.#prefixBytes === 0 && frameBytes < 0x80) {
        position += 1;
      } else {
        position = this.#continuePrefix(chunk, position);
        if (this.#prefixBytes > 0) return length;
        frameBytes = this.#prefix;
        this.#prefix = 0;
      }
      if (frameBytes > this.frameBytesMax) {
        throw new ChatError(
          ErrorCode.ERROR_CODE_FRAME_TOO_LARGE,
          `a frame of ${frameBytes} bytes is longer than the limit of ${this.frameBytesMax} bytes`,
        );
      }

      const end = position + frameBytes;
      if (end > length) {
        this.#beginBody(frameBytes, length - position);
      } else {
        const start = position;
        position = end;
        if (!sink.frame(chunk, start, end)) return position;
      }
    }
    return length;
  }

  /** Reads prefix bytes; `#prefixBytes` is 0 afterwards when the prefix is complete. */
  #continuePrefix(chunk: Uint8Array, start: number): number {
    let position = start;
    while (position < chunk.length) {
      const byte = chunk[position]!;
      position += 1;
      // Not a shift: five bytes of seven bits do not fit in 32.
      this.#prefix += (byte & 0x7f) * 2 ** (7 * this.#prefixBytes);
      this.#prefixBytes += 1;
      if (byte < 0x80) {
        this.#prefixBytes = 0;
        return position;
      }
      if (this.#prefixBytes === lengthPrefixBytesMax) {
        throw new ChatError(ErrorCode.ERROR_CODE_BAD_LENGTH);
      }
    }
    return position;
  }

  #beginBody(bytesWanted: number, bytesHere: number): void {
    this.#body = new Uint8Array(
      Math.min(bytesWanted, Math.max(2 * bytesHere, firstAllocationBytesMax)),
    );
    this.#bodyBytes = 0;
    this.#bodyBytesWanted = bytesWanted;
  }

  #continueBody(chunk: Uint8Array, start: number): number {
    const take = Math.min(this.#bodyBytesWanted - this.#bodyBytes, chunk.length - start);
    const bytes = this.#bodyBytes + take;
    let body = this.#body!;
    if (bytes > body.length) {
      const grown = new Uint8Array(Math.min(this.#bodyBytesWanted, 2 * bytes));
      grown.set(body.subarray(0, this.#bodyBytes));
      this.#body = body = grown;
    }
    body.set(chunk.subarray(start, start + take), this.#bodyBytes);
    this.#bodyBytes = bytes;
    return start + take;
  }
}
