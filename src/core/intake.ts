import { ChatError } from '../protocol/errors.js';
import { FrameDecoder, type FrameSink } from '../protocol/framing.js';
import { ErrorCode } from '../protocol/messages.js';
import { utf8Bytes } from '../protocol/utf8.js';
import { execute, type Later } from './commands.js';
import { Queue } from './queue.js';
import type { Session } from './session.js';
import type { Watched } from './timeouts.js';
import { TokenBucket } from './token-bucket.js';

/**
 * Some bytes of a stream of frames, or a message of whole frames; what a transport found to be
 * neither; or a ping of the transport's own.
 */
type Arrival =
  | { readonly kind: 'piece' | 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'garbage'; readonly error: ChatError }
  | { readonly kind: 'ping'; answer: () => void };

/**
 * What arrives for a session, on its way from bytes to commands: decodes frames,
 * executes them one after another, and pauses between them when a command has to wait,
 * or the session sends faster than it may. Nothing is refused for that and nothing is
 * lost: what has arrived already waits here, and the rest in the network.
 *
 * A transport calls the methods whose names begin with `push` or end with `Begun`. The
 * bytes that it gives may be kept for a while, so they must stay as they are.
 */
export class Intake implements FrameSink, Watched {
  readonly #session: Session;
  readonly #decoder: FrameDecoder;
  /** What arrived while the rest of something earlier was waiting. */
  readonly #waiting = new Queue<Arrival>();
  /** Whether what is being read must end where a frame ends. */
  #isMessage = false;
  /** Whether a message was begun that the transport has not all of. */
  #isMidMessage = false;
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
    return this.#decoder.isMidFrame || this.#isMidMessage;
  }

  /** The next bytes of the stream. */
  push(bytes: Uint8Array): void {
    this.#take({ kind: 'piece', bytes });
  }

  /** The next message, which must consist of whole frames, at least one. */
  pushMessage(bytes: Uint8Array): void {
    this.#isMidMessage = false;
    this.#take({ kind: 'message', bytes });
  }

  /** What arrived next is not of the protocol, for the given reason. */
  pushGarbage(error: ChatError): void {
    this.#isMidMessage = false;
    this.#take({ kind: 'garbage', error });
  }

  /** A message has begun to arrive, or goes on to, or something else that has to arrive whole. */
  messageBegun(): void {
    if (!this.#session.isOpen) return;
    this.#isMidMessage = true;
    this.#watchTime();
  }

  /** All that was begun has arrived. */
  nothingBegun(): void {
    if (!this.#isMidMessage) return;
    this.#isMidMessage = false;
    this.#frameBegunAtMs = undefined;
    this.#watchTime();
  }

  /**
   * Something has arrived that only wants an answer; it counts as a message. Of several that
   * wait, the last one is answered (RFC 6455 section 5.5.3).
   */
  pushPing(answer: () => void): void {
    const last = this.#waiting.length > 0 && this.#waiting.at(this.#waiting.length - 1);
    if (last && last.kind === 'ping') last.answer = answer;
    else this.#take({ kind: 'ping', answer });
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
  look(nowMs: number): void {
    if (!this.#session.isOpen) return;
    // While nothing is read, the peer cannot finish its frame.
    if (this.#session.isPaused) this.#frameBegunAtMs = nowMs;
    const begunAtMs = this.#frameBegunAtMs ?? nowMs;
    if (nowMs - begunAtMs < this.#session.node.limits.frameTimeoutMs) return;
    this.#session.refuse(new ChatError(ErrorCode.ERROR_CODE_FRAME_TIMEOUT), '');
  }

  #take(arrival: Arrival): void {
    const session = this.#session;
    if (!session.isOpen) return;
    session.pulse?.beat();
    if (this.isHeld) this.#waiting.push(arrival);
    else this.#read(() => this.#decode(arrival));
  }

  /** Reads what is given, and answers all of it with one write. */
  #read(decode: () => void): void {
    try {
      decode();
    } catch (error) {
      this.#session.refuse(error, '');
    }
    this.#session.flushReplies();
    if (this.#session.isOpen) this.#watchTime();
  }

  #decode(arrival: Arrival): void {
    if (arrival.kind === 'garbage') throw arrival.error;
    if (arrival.kind === 'ping') {
      arrival.answer();
      this.#throttle();
      return;
    }
    this.#isMessage = arrival.kind === 'message';
    if (this.#isMessage && arrival.bytes.length === 0) throw wholeFramesOnly();
    if (this.#decoder.push(arrival.bytes, this)) this.#checkEnd();
  }

  /** Goes on where reading was held. */
  #decodeOn(): void {
    if (!this.#decoder.resume(this)) return;
    this.#checkEnd();
    while (this.#waiting.length > 0 && this.#session.isOpen && !this.isHeld) {
      this.#decode(this.#waiting.shift());
    }
  }

  #checkEnd(): void {
    if (this.#isMessage && this.#decoder.isMidFrame) throw wholeFramesOnly();
  }

  #watchTime(): void {
    const { timeouts, clock } = this.#session.node;
    if (!this.isMidFrame) {
      timeouts.forget(this);
    } else if (this.#frameBegunAtMs === undefined) {
      this.#frameBegunAtMs = clock.monotonicMs();
      timeouts.watch(this);
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
        if (this.#session.isOpen && !this.isHeld) this.#decodeOn();
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
    if (!this.#isWaiting) this.#read(() => this.#decodeOn());
    this.#session.readingFreed();
  }
}

function wholeFramesOnly(): ChatError {
  const sentence = 'a WebSocket message holds one or more whole frames';
  return new ChatError(ErrorCode.ERROR_CODE_FRAME_TRUNCATED, sentence);
}
