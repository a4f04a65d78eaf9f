import type { ClientFrame } from '../protocol/codec.js';
import { ChatError } from '../protocol/errors.js';
import { FrameDecoder, type FrameSink } from '../protocol/framing.js';
import type { SessionLimits } from '../protocol/limits.js';
import { ErrorCode } from '../protocol/messages.js';
import { utf8Bytes } from '../protocol/utf8.js';
import { FrameTimeout, type FrameReader } from './frame-timeout.js';
import { Gate, type Gated, type GateParts } from './gate.js';
import type { DeferredReply } from './request.js';
import { Replies, type ReplyParts } from './replies.js';
import type { Session } from './session.js';
import type { Timeouts } from './timeouts.js';

/** What a frame costs beside what is in it, and that for each 128 bytes: see `Turns`. */
const workPerFrame = 1;
const workPerBytesShift = 7;
const workPerControlBytesShift = 6;

/** Answers to what one read has brought are written together, but not many more than these. */
const repliesBytesMax = 32 * 1024;

/** What a request costs that counts as more than a message, for each message that it counts as. */
const workPerWeight = 16;

/** What does what frames ask for. */
export interface Executor {
  /** As how many messages a frame with a control message counts. */
  weightOf(session: Session, frame: ClientFrame): number;
  /** Does what a frame asks for. Throws `ChatError` with the reason if it must be refused. */
  execute(session: Session, frame: ClientFrame): DeferredReply | void;
}

/** What intakes need. */
export interface IntakeParts extends GateParts, ReplyParts {
  readonly limits: SessionLimits;
  readonly timeouts: Timeouts;
  readonly commands: Executor;
  /** Gives a session the name that its connection has brought, or ends it. */
  nameSession(session: Session, name: string): DeferredReply;
  /** The frame that is being read; one is enough, as reading never waits. */
  readonly frame: ClientFrame;
}

/**
 * What arrives for a session, on its way from bytes to commands: decodes frames, and
 * executes them one after another for as long as its gate is open. What it has not decoded
 * it does not take: that stays with the transport, as the bytes that arrived, and is given
 * to it again when the gate has opened. Nothing is refused for that and nothing is lost.
 *
 * A transport of bytes calls `push`. One of messages calls, between `begin` and `end`, the
 * other methods whose names begin with `push` or end with `Begun`, and asks `isOpen` before
 * each message.
 */
export class Intake implements FrameSink, Gated, FrameReader {
  readonly gate: Gate;
  readonly replies: Replies;
  readonly #session: Session;
  readonly #parts: IntakeParts;
  readonly #decoder: FrameDecoder;
  /** What is left of a message of whole frames in the middle of which the gate was shut. */
  #message: Uint8Array | undefined;
  /** Whether a message was begun that the transport has not all of. */
  #isMidMessage = false;
  /** What is counted of it and of the frame that has not arrived whole. */
  #bytesHeld = 0;
  #wasToldOfThrottling = false;
  /** Of the frame that has not arrived whole; most do, so there is none before the first. */
  #frameTimeout: FrameTimeout | undefined;

  constructor(session: Session, parts: IntakeParts) {
    this.#session = session;
    this.#parts = parts;
    this.#decoder = new FrameDecoder(parts.limits.frameBytesMax);
    this.gate = new Gate(parts, this);
    this.replies = new Replies(session, parts);
  }

  /** Whether what arrives is taken now; if not, the connection is told to `resume` later. */
  get isOpen(): boolean {
    return this.gate.isOpen || !this.#session.isOpen;
  }

  /** What it has of the memory for all. */
  get bytesHeld(): number {
    return this.#bytesHeld;
  }

  /** Whether a frame was begun and has not arrived whole. */
  get isMidFrame(): boolean {
    return this.#decoder.isMidFrame || this.#isMidMessage;
  }

  /** The next bytes of the stream. Returns how many of them were taken; the rest comes again. */
  push(bytes: Uint8Array): number {
    if (!this.#session.isOpen) return bytes.length;
    if (!this.gate.isOpen) return 0;
    let taken = bytes.length;
    this.begin();
    this.#attempt(() => (taken = this.#decoder.push(bytes, this)));
    this.end();
    // What follows the end of the session has no meaning.
    return this.#session.isOpen ? taken : bytes.length;
  }

  /** Some messages follow, until `end`. */
  begin(): void {
    this.#session.heartbeat?.heard();
    this.replies.open();
    this.gate.begin();
  }

  /** Answers all that was read since `begin` with one write. */
  end(): void {
    this.replies.close();
    if (!this.#session.isOpen) return;
    this.#count();
    this.#watchTime();
    // Half a frame is held as well, and there may be many.
    if (this.isMidFrame) this.gate.askMemory();
  }

  /** The next message, which must consist of whole frames, at least one. The gate is open. */
  pushMessage(bytes: Uint8Array): void {
    this.#isMidMessage = false;
    if (!this.#session.isOpen) return;
    this.#attempt(() => {
      if (bytes.length === 0) throw wholeFramesOnly();
      this.#decodeMessage(bytes);
    });
  }

  /** The connection has brought a name; what arrives is read when the session has it. */
  pushName(name: string): void {
    this.begin();
    this.#waitFor(this.#parts.nameSession(this.#session, name), '');
    this.gate.spend(1, workPerWeight);
    this.end();
  }

  /** What comes is not of the transport's protocol, for the given reason, and nothing follows. */
  broken(error: ChatError): void {
    this.#isMidMessage = false;
    if (this.#session.isOpen) this.#session.closeWithError(error);
  }

  /** The next message is not of the protocol, for the given reason. */
  pushInvalid(error: ChatError): void {
    this.#isMidMessage = false;
    if (!this.#session.isOpen) return;
    this.replies.refuse(error, '');
    this.gate.spend(1, workPerFrame);
  }

  /** Something has arrived that only wants an answer; it counts as a message. */
  pushPing(answer: () => void): void {
    if (!this.#session.isOpen) return;
    answer();
    this.gate.spend(1, workPerFrame);
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
    this.#frameTimeout?.arrived();
    this.#watchTime();
  }

  /** What was answered counts as so many more messages. */
  charge(messages: number): void {
    this.gate.spend(messages, messages * workPerWeight);
  }

  /** The transport had more work with a message than its frames show. */
  worked(work: number): void {
    this.gate.spend(0, work);
  }

  /** One frame; the decoder calls it. Returns whether to go on with the next one. */
  frame(bytes: Uint8Array, start: number, end: number): boolean {
    const { frame, commands } = this.#parts;
    let weight = 1;
    this.#frameTimeout?.arrived();
    try {
      frame.read(bytes, start, end);
      if (frame.controls > 0) weight = commands.weightOf(this.#session, frame);
      const reply = commands.execute(this.#session, frame);
      if (reply !== undefined) this.#waitFor(reply, frame.id);
    } catch (error) {
      this.replies.refuse(error, this.#named(frame.id));
    }
    const work = weight > 1 ? weight * workPerWeight : workPerFrame;
    // Control messages are decoded whole, also those that are refused then.
    const shift = frame.controls > 0 ? workPerControlBytesShift : workPerBytesShift;
    this.gate.spend(weight, work + ((end - start) >>> shift));
    // Then it is also known whether they are taken.
    if (this.replies.writer.bytes > repliesBytesMax) this.replies.flush();
    return this.#session.isOpen && this.gate.isOpen;
  }

  gateShut(): void {
    this.#session.connection.pause();
  }

  gateThrottled(): void {
    const session = this.#session;
    if (this.#wasToldOfThrottling || !session.rendering.isFull) return;
    this.#wasToldOfThrottling = true;
    const { messagesPerSecond } = this.gate;
    this.replies.add({ control: { $case: 'throttled', throttled: { messagesPerSecond } } });
  }

  gateOpened(): void {
    const message = this.#message;
    this.#message = undefined;
    if (message !== undefined && this.#session.isOpen) {
      this.begin();
      this.#attempt(() => this.#decodeMessage(message));
      this.end();
    }
    if (this.isOpen) this.#session.resumeReading();
  }

  /** Nothing of what has arrived will be used. */
  discard(): void {
    this.gate.close();
    this.#parts.memory.release(this.#bytesHeld);
    this.#bytesHeld = 0;
    this.#frameTimeout?.stop();
  }

  /** Whether the peer cannot finish its frame because the server holds it back. */
  get isHeldBack(): boolean {
    return this.gate.isHeldBack;
  }

  frameTookTooLong(): void {
    if (!this.#session.isOpen) return;
    this.#session.closeWithError(new ChatError(ErrorCode.ERROR_CODE_FRAME_TIMEOUT));
  }

  #attempt(decode: () => void): void {
    try {
      decode();
    } catch (error) {
      this.replies.refuse(error, '');
    }
  }

  #count(): void {
    const bytes = this.#decoder.bytesHeld + (this.#message?.length ?? 0);
    if (bytes === this.#bytesHeld) return;
    const { memory } = this.#parts;
    if (bytes > this.#bytesHeld) memory.hold(bytes - this.#bytesHeld);
    else memory.release(this.#bytesHeld - bytes);
    this.#bytesHeld = bytes;
  }

  #decodeMessage(bytes: Uint8Array): void {
    const taken = this.#decoder.push(bytes, this);
    if (taken === bytes.length) {
      if (this.#decoder.isMidFrame) throw wholeFramesOnly();
      return;
    }
    // A copy: the transport reads into the same memory again.
    this.#message = new Uint8Array(bytes.subarray(taken));
  }

  #watchTime(): void {
    if (!this.isMidFrame) this.#frameTimeout?.stop();
    else (this.#frameTimeout ??= new FrameTimeout(this, this.#parts)).waits();
  }

  /** The id that an error gives back: a frame that was not read to its end may have any. */
  #named(id: string): string {
    return utf8Bytes(id) > this.#parts.limits.idBytesMax ? '' : id;
  }

  #waitFor(reply: DeferredReply, id: string): void {
    this.gate.shut('command');
    const goOn = (finish: () => void): void => {
      this.replies.open();
      finish();
      this.replies.close();
      this.gate.openInTurn('command');
    };
    reply.then(goOn, (error: unknown) => goOn(() => this.replies.refuse(error, id)));
  }
}

function wholeFramesOnly(): ChatError {
  const sentence = 'a WebSocket message must hold one or more whole frames';
  return new ChatError(ErrorCode.ERROR_CODE_FRAME_TRUNCATED, sentence);
}
