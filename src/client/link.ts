import { chatMessage, decodeMessage, encodeFrame } from '../protocol/codec.js';
import { ChatError, factsOf } from '../protocol/errors.js';
import { FrameDecoder, type FrameSink } from '../protocol/framing.js';
import { defaultLimits, marks, protocolVersion } from '../protocol/limits.js';
import type { ChatMessage, Welcome } from '../protocol/messages.js';
import type { ConnectOptions } from './client.js';
import { ConnectionError } from './errors.js';
import type { Dial, Stream, StreamListener } from './stream.js';

/** Who is told what arrives on a link. */
export interface LinkOwner {
  message(message: ChatMessage): void;
  closed(error: ConnectionError): void;
}

/** How long `close` waits for the server to end its side. */
const closeTimeoutMs = 2000;

/** Frames over a stream, from the hello to the end. */
export class Link implements StreamListener, FrameSink {
  owner: LinkOwner | undefined;
  readonly #decoder = new FrameDecoder(defaultLimits.frameBytesMax);
  #stream: Stream | undefined;
  #welcomed: { resolve: (welcome: Welcome) => void; reject: (error: Error) => void } | undefined;
  /** What the server said before it closed. */
  #farewell = '';
  #isClosing = false;
  #isClosed = false;
  readonly #whenClosed: Array<() => void> = [];

  async open(url: URL, dial: Dial, options: ConnectOptions, signal: AbortSignal): Promise<Welcome> {
    this.#stream = await dial(url, this, signal);
    return await new Promise<Welcome>((resolve, reject) => {
      this.#welcomed = { resolve, reject };
      const hello = {
        version: protocolVersion,
        name: options.name ?? '',
        capabilities: [],
        client: options.clientName ?? '',
      };
      this.write(chatMessage({ control: { $case: 'hello', hello } }));
    });
  }

  /** Whether `close` was called, or the connection is gone. */
  get isEnding(): boolean {
    return this.#isClosing || this.#isClosed;
  }

  write(message: ChatMessage): void {
    if (!this.isEnding) this.#stream?.write(encodeFrame(message));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#stream?.end();
    }
    // A server that does not answer is not waited for.
    const timer = setTimeout(() => this.#stream?.destroy(), closeTimeoutMs);
    await new Promise<void>((resolve) => this.#whenClosed.push(resolve));
    clearTimeout(timer);
  }

  destroy(): void {
    this.#stream?.destroy();
  }

  /** Goes on behind the welcome. */
  resume(): void {
    this.#decode((decoder) => decoder.resume(this));
  }

  /** Ends the attempt to open. */
  fail(error: Error): void {
    this.#welcomed?.reject(error);
    this.#welcomed = undefined;
  }

  received(chunk: Uint8Array): void {
    this.#decode((decoder) => decoder.push(chunk, this));
  }

  frame(bytes: Uint8Array, start: number, end: number): boolean {
    const message = decodeMessage(bytes, start, end);
    const { control } = message;
    if (control?.$case === 'goodbye') this.#farewell = control.goodbye.message;
    if (control?.$case === 'error' && factsOf(control.error.code).closes) {
      this.#farewell = control.error.message;
    }
    if (this.owner !== undefined) this.owner.message(message);
    else return this.#beforeWelcome(message);
    return true;
  }

  closed(problem?: Error): void {
    this.resume();
    this.#finish(this.#farewell || 'the connection to the server was lost', problem);
  }

  #decode(decode: (decoder: FrameDecoder) => boolean): void {
    if (this.#isClosed) return;
    try {
      decode(this.#decoder);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      this.#stream?.destroy();
      this.#finish('what answers there is not a tcp-chat server', error);
    }
  }

  /**
   * What comes before the welcome belongs to the bare session that this was until
   * then. Stops behind the welcome: see `resume`.
   */
  #beforeWelcome({ control, content }: ChatMessage): boolean {
    if (control?.$case === 'welcome') {
      const { frameBytesMax } = control.welcome.limits ?? defaultLimits;
      this.#decoder.frameBytesMax = frameBytesMax;
      this.#welcomed?.resolve(control.welcome);
      this.#welcomed = undefined;
      return false;
    }
    if (control?.$case === 'error') {
      const { code, message, suggestion } = control.error;
      this.fail(new ChatError(code, message, { suggestion }));
    } else if (content.startsWith(marks.error)) {
      this.fail(new ConnectionError('refused', content.slice(marks.error.length)));
    }
    return true;
  }

  #finish(reason: string, cause?: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const error = this.#isClosing
      ? new ConnectionError('closed', 'this client was closed')
      : new ConnectionError('lost', reason, { cause });
    this.fail(error);
    this.owner?.closed(error);
    for (const resolve of this.#whenClosed) resolve();
  }
}
