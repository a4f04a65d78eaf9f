import { ServerFrame } from '../protocol/codec.js';
import { FrameCollector } from '../protocol/frame-collector.js';
import { ChatError } from '../protocol/errors.js';
import { FrameDecoder, type FrameSink } from '../protocol/framing.js';
import { defaultLimits } from '../protocol/limits.js';
import type { ChatMessage } from '../protocol/messages.js';
import type { Dial, Stream, StreamListener } from './stream.js';

/** Who is told what happens on a link. */
export interface LinkOwner {
  /** Bytes have come, of whatever. */
  heard(): void;
  message(message: ChatMessage): void;
  /** A message of a kind that this code does not know; see `ServerFrame.isKnown`. */
  unknown(message: ChatMessage): void;
  /** The link is gone, not by `destroy`. */
  closed(problem?: Error): void;
  /** What arrives are no frames. */
  garbled(problem: ChatError): void;
}

/**
 * Frames over a stream. Those that are written in one go are sent with one write, which
 * is most of what makes thousands of messages under way cheap.
 */
export class Link implements StreamListener, FrameSink {
  readonly #owner: LinkOwner;
  readonly #decoder = new FrameDecoder(defaultLimits.frameBytesMax);
  readonly #frame = new ServerFrame();
  readonly #writer = new FrameCollector();
  /** What is written at once, at most, unless it is one frame: WebSocket servers refuse longer messages. */
  #writeBytesMax = defaultLimits.frameBytesMax;
  #stream: Stream | undefined;
  #isFlushDue = false;
  #isEnding = false;
  #isClosed = false;

  constructor(owner: LinkOwner) {
    this.#owner = owner;
  }

  /** Settles when the stream stands, or `destroy` was called; rejects when there is none. */
  async open(url: URL, dial: Dial, signal: AbortSignal): Promise<void> {
    const stream = await dial(url, this, signal);
    if (this.#isClosed) stream.destroy();
    else this.#stream = stream;
  }

  /** Frames over so many bytes, not counting the prefix, are refused. */
  set frameBytesMax(bytes: number) {
    this.#decoder.frameBytesMax = bytes;
    this.#writeBytesMax = Math.min(bytes, defaultLimits.frameBytesMax);
  }

  /** Sends a message at the end of this go. Nothing happens after the end. */
  write(message: ChatMessage): void {
    if (this.#isEnding || this.#isClosed) return;
    const before = this.#writer.bytes;
    this.#writer.message(message);
    if (this.#writer.bytes > this.#writeBytesMax && before > 0) this.#flush(before);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    queueMicrotask(() => {
      this.#isFlushDue = false;
      this.#flush();
    });
  }

  /** Sends what was written and ends this side. */
  end(): void {
    this.#flush();
    this.#isEnding = true;
    this.#stream?.end();
  }

  /** Closes at once; the owner is told nothing any more. */
  destroy(): void {
    this.#isClosed = true;
    this.#stream?.destroy();
  }

  received(chunk: Uint8Array): void {
    if (this.#isClosed) return;
    this.#owner.heard();
    try {
      this.#decoder.push(chunk, this);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#owner.garbled(error);
    }
  }

  frame(bytes: Uint8Array, start: number, end: number): boolean {
    const message = this.#frame.read(bytes, start, end);
    if (this.#frame.isKnown) this.#owner.message(message);
    else this.#owner.unknown(message);
    // Whoever destroyed this link meanwhile wants nothing of it any more.
    return !this.#isClosed;
  }

  closed(problem?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#owner.closed(problem);
  }

  #flush(bytes = this.#writer.bytes): void {
    if (!this.#isClosed && bytes > 0) this.#stream?.write(this.#writer.take(bytes));
  }
}
