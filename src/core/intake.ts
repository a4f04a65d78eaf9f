import { ChatError } from '../protocol/errors.js';
import { FrameDecoder, type FrameSink } from '../protocol/framing.js';
import { ErrorCode } from '../protocol/messages.js';
import { utf8Bytes } from '../protocol/utf8.js';
import { execute, type Later } from './commands.js';
import type { Session } from './session.js';
import { TokenBucket } from './token-bucket.js';

/**
 * What arrives for a session, on its way from bytes to commands: decodes frames,
 * executes them one after another, and pauses between them when a command has to wait,
 * or the session sends faster than it may. Nothing is refused for that and nothing is
 * lost: the rest of the chunk waits here, and the rest of the stream in the network.
 */
export class Intake implements FrameSink {
  readonly #session: Session;
  readonly #decoder: FrameDecoder;
  #bucket: TokenBucket | undefined;
  #isThrottled = false;
  #wasToldOfThrottling = false;
  /** Whether the last command has not been finished. */
  #isWaiting = false;
  /** When the frame that has not arrived whole was begun. */
  #frameBegunAtMs: number | undefined;

  constructor(session: Session) {
    this.#session = session;
    this.#decoder = new FrameDecoder(session.node.limits.frameBytesMax);
  }

  /** Whether frames wait here, for a command to be finished or for the session to be slower. */
  get isHeld(): boolean {
    return this.#isThrottled || this.#isWaiting;
  }

  /** Whether a frame was begun and has not arrived whole. */
  get isMidFrame(): boolean {
    return this.#decoder.isMidFrame;
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Uint8Array): void {
    this.#read(() => this.#decoder.push(chunk, this));
  }

  /** One frame; the decoder calls it. Returns whether to go on with the next one. */
  frame(bytes: Uint8Array, start: number, end: number): boolean {
    const { frame } = this.#session.node;
    this.#frameBegunAtMs = undefined;
    try {
      frame.read(bytes, start, end);
      const later = execute(this.#session, frame);
      if (later !== undefined) this.#waitFor(later, frame.id);
    } catch (error) {
      this.#session.refuse(error, this.#named(frame.id));
    }
    return this.#session.isOpen && !this.#throttle() && !this.#isWaiting;
  }

  /** Closes the session when the frame that was begun has been on its way for too long. */
  expireFrame(nowMs: number): void {
    if (!this.#session.isOpen) return;
    // While nothing is read, the peer cannot finish its frame.
    if (this.#session.isPaused) this.#frameBegunAtMs = nowMs;
    const begunAtMs = this.#frameBegunAtMs ?? nowMs;
    if (nowMs - begunAtMs < this.#session.node.limits.frameTimeoutMs) return;
    this.#session.refuse(new ChatError(ErrorCode.ERROR_CODE_FRAME_TIMEOUT), '');
  }

  #read(decode: () => boolean): void {
    try {
      decode();
    } catch (error) {
      this.#session.refuse(error, '');
    }
    this.#session.flushReplies();
    const { node } = this.#session;
    if (!this.#session.isOpen) return;
    if (!this.#decoder.isMidFrame) {
      node.timeouts.frameFinished(this);
    } else if (this.#frameBegunAtMs === undefined) {
      this.#frameBegunAtMs = node.clock.monotonicMs();
      node.timeouts.watchFrame(this);
    }
  }

  /** The id that an error gives back: a frame that was not read to its end may have any. */
  #named(id: string): string {
    return utf8Bytes(id) > this.#session.node.limits.idBytesMax ? '' : id;
  }

  #waitFor(later: Later, id: string): void {
    this.#isWaiting = true;
    this.#session.pauseOrResume();
    const goOn = (finish: () => void): void => {
      this.#isWaiting = false;
      this.#read(() => {
        finish();
        return this.#session.isOpen && !this.isHeld && this.#decoder.resume(this);
      });
      this.#session.readingFreed();
    };
    later.then(goOn, (error: unknown) => goOn(() => this.#session.refuse(error, id)));
  }

  /** Counts a message; returns whether the next one has to wait. */
  #throttle(): boolean {
    const { clock, limits } = this.#session.node;
    const { messagesPerSecond, messageBurst } = limits;
    if (messagesPerSecond === 0) return false;
    const nowMs = clock.monotonicMs();
    this.#bucket ??= new TokenBucket(messagesPerSecond, messageBurst, nowMs);
    const waitMs = this.#bucket.take(nowMs);
    if (waitMs === 0) return false;

    this.#isThrottled = true;
    this.#session.pauseOrResume();
    if (this.#session.form.isFull && !this.#wasToldOfThrottling) {
      this.#wasToldOfThrottling = true;
      this.#session.reply({ control: { $case: 'throttled', throttled: { messagesPerSecond } } });
    }
    clock.after(Math.ceil(waitMs), () => this.#endThrottling());
    return true;
  }

  #endThrottling(): void {
    if (!this.#session.isOpen) return;
    this.#isThrottled = false;
    if (!this.#isWaiting) this.#read(() => this.#decoder.resume(this));
    this.#session.readingFreed();
  }
}
