import { chatMessage } from '../protocol/codec.js';
import { encodeMessage, type Encoding } from '../protocol/encodings.js';
import { ChatError, factsOf } from '../protocol/errors.js';
import { guestPrefix } from '../protocol/limits.js';
import type { EncodedMessage, MessageWriter } from '../protocol/message-writer.js';
import { ErrorCode, GoodbyeReason, type ChatMessage } from '../protocol/messages.js';
import { forms, type Form } from './form.js';
import { Intake } from './intake.js';
import type { Node } from './node.js';
import { errorNotice, goodbyeNotice, type Notice } from './notices.js';
import { Opening } from './opening.js';
import { Outbox } from './outbox.js';
import { Places } from './places.js';
import type { Connection, Identity, SessionFacts } from './ports.js';
import { Pulse } from './pulse.js';

/**
 * Where a session is in its life.
 * - `open`: frames are read and answered.
 * - `finishing`: nothing is read any more, as the peer has ended its sending side or the
 *   server stops; what is owed is still sent.
 * - `closing`: it has been told the last thing; nothing is read or sent any more.
 * - `closed`: the connection is gone.
 */
type State = 'open' | 'finishing' | 'closing' | 'closed';

/**
 * What a session has said, which decides what it may say.
 * - `new`: nothing yet.
 * - `bare`: a message without a hello before it.
 * - `greeting`: a hello that was refused; another one may follow.
 * - `full`: a hello that was welcomed.
 */
export type Phase = 'new' | 'bare' | 'greeting' | 'full';

/**
 * A user on a connection. The transport feeds `intake` and calls `useEncoding`, `ended`,
 * `drained`, `stalled` and `closed`; everything else is for the core.
 */
export class Session implements SessionFacts {
  readonly node: Node;
  readonly number: number;
  readonly connection: Connection;
  readonly places: Places;
  /** For replies to the chunk that is being read; see `reply`. */
  replies: MessageWriter;
  phase: Phase = 'new';
  /** Program and version, as the client gave them in its hello. */
  program = '';
  /** Of a full session. */
  pulse: Pulse | undefined;

  #encoding: Encoding;
  readonly #outbox: Outbox;
  /** Who it is, if it has said so. */
  #identity: Identity | undefined;
  #state: State = 'open';
  #closeReason = 'the peer closed the connection';
  /** Why the server closes, if it does. */
  #closeCode: ErrorCode | undefined;
  #intake: Intake | undefined;
  #hasPeerEnded = false;
  /** Whether nothing that it has sent is on its way to the store any more. */
  #isSettled = false;
  /** Said when all that is owed has been sent, before the end. */
  #lastWord: Notice | undefined;

  /** A guest in the lobby. */
  constructor(node: Node, connection: Connection, number: number) {
    this.node = node;
    this.number = number;
    this.connection = connection;
    this.#encoding = connection.encoding;
    this.replies = node.replies.of(connection.encoding);
    this.#outbox = new Outbox(connection, node.limits.outboxBytesMax, node.memory);
    this.places = new Places(this);
    if (connection.mustSpeak) node.timeouts.watch(new Opening(this));
  }

  /** How messages are written for this session. */
  get form(): Form {
    const { bare, full } = forms[this.#encoding];
    return this.phase === 'greeting' || this.phase === 'full' ? full : bare;
  }

  /** Unlike that of any other connection, at any time. */
  get id(): string {
    return this.node.start === 1 ? String(this.number) : `${this.node.start}.${this.number}`;
  }

  /** Whose the ids of its messages are. */
  get author(): string {
    return this.#identity?.author ?? this.id;
  }

  /** The name that the session chose; empty for a guest. */
  get chosenName(): string {
    return this.#identity?.name ?? '';
  }

  /** What others see as the sender. */
  get name(): string {
    return this.chosenName === '' ? guestPrefix + this.author : this.chosenName;
  }

  /** Whether frames are still read. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Whether messages may still be written. */
  get takesMessages(): boolean {
    return this.#state === 'open' || this.#state === 'finishing';
  }

  /** Whether it is not read at the moment; see `Gate`. */
  get isPaused(): boolean {
    return this.#intake?.gate.isOpen === false;
  }

  /** Whether so much waits for it that nothing should be added. */
  get isFull(): boolean {
    return this.#outbox.isFull;
  }

  /** All bytes that were ever written to it. */
  get bytesSent(): number {
    return this.#outbox.bytesSent;
  }

  // What the transport calls.

  /** Takes what arrives. Comes into being when it is needed: most sessions are idle. */
  get intake(): Intake {
    return (this.#intake ??= new Intake(this));
  }

  /** Messages are written otherwise from now on. */
  useEncoding(encoding: Encoding): void {
    this.places.rewrite(() => {
      this.#encoding = encoding;
      this.replies = this.node.replies.of(encoding);
    });
  }

  /** The peer has ended its sending side. */
  ended(): void {
    this.#hasPeerEnded = true;
    if (!this.isPaused) this.#finishReading();
  }

  /** All that was written has been taken. */
  drained(): void {
    this.#outbox.drained();
    if (!this.takesMessages) return;
    this.#intake?.gate.open('outbox');
    this.readOn();
  }

  /** Bytes wait, and none have been taken for `stallTimeoutMs`. */
  stalled(): void {
    this.places.forgetBehind();
    this.close(ErrorCode.ERROR_CODE_STALLED, GoodbyeReason.GOODBYE_REASON_STALLED);
    this.#endWhenServed();
  }

  /** The connection is gone; `problem` is a sentence if it did not just end. */
  closed(problem?: string): void {
    if (this.#state === 'closed') return;
    this.#leave();
    this.#state = 'closed';
    this.#outbox.drained();
    this.node.forget(this, problem ?? this.#closeReason);
  }

  // What the core calls.

  /** Sends bytes; false when no more should be sent before `drained`. */
  write(bytes: Uint8Array): boolean {
    return this.#state !== 'closed' && this.#outbox.write(bytes);
  }

  /** Lets the cursors that are behind read on, as far as the connection takes it. */
  readOn(): void {
    if (!this.takesMessages) return;
    if (!this.#outbox.isFull) this.places.readOn();
    this.#endWhenServed();
  }

  /** Adds a message to the replies to the chunk that is being read; at no other time. */
  reply(message: Partial<ChatMessage>): void {
    this.replies.message(chatMessage(message));
  }

  /** The same with a message that was encoded for several sessions. */
  replyEncoded(message: EncodedMessage, id: string): void {
    this.replies.encoded(message, id);
  }

  /** Answers what was read earlier, with one write: `answer` replies and refuses. */
  answerLate(answer: () => void): void {
    if (!this.takesMessages) return;
    answer();
    this.flushReplies();
  }

  /** Says something that is no reply. */
  tell(message: Partial<ChatMessage>): void {
    this.write(encodeMessage(this.#encoding, chatMessage(message)));
  }

  /** A hello has come: what the room writes from now on is in the full form. */
  greet(): void {
    this.places.rewrite(() => (this.phase = 'greeting'));
  }

  /** It has said who it is; returns the session of the same sender that stood until now. */
  identify(identity: Identity): Session | undefined {
    this.node.roster.leave(this);
    this.places.rename(() => (this.#identity = identity));
    return this.node.roster.enter(this);
  }

  /** It is full now. */
  welcome(): void {
    this.phase = 'full';
    this.pulse = new Pulse(this);
    this.node.timeouts.watch(this.pulse);
  }

  /**
   * Says a last thing and closes, when the session has got what it is owed. Nothing is
   * read from it any more.
   */
  close(code: ErrorCode, reason: GoodbyeReason): void {
    if (this.#lastWord !== undefined || !this.takesMessages) return;
    this.#lastWord = goodbyeNotice(this.form, code, reason);
    this.#closeCode = code;
    this.#finish(factsOf(code).sentence);
  }

  /** Closes at once; what waits is lost. */
  destroy(reason: string): void {
    this.#closeReason = reason;
    this.connection.destroy();
  }

  /** Sends all replies to one chunk with one write. */
  flushReplies(): void {
    if (this.replies.isEmpty) return;
    this.write(this.replies.take());
    // It asks for more than it reads: it may ask again when it has read.
    if (this.#outbox.isWaiting && this.isOpen) this.intake.gate.shut('outbox');
  }

  /** Answers a frame with the error for which it was refused; some end the session. */
  refuse(error: unknown, id: string): void {
    if (!(error instanceof ChatError)) throw error;
    this.node.observer.refused?.(error.code);
    if (factsOf(error.code).closes) this.dismiss(error, id);
    else this.reply(errorNotice(this.form, error, id));
  }

  /** Ends the session with an error, also with one that others survive. */
  dismiss(error: ChatError, id: string): void {
    this.#lastWord = errorNotice(this.form, error, id);
    this.#closeCode = error.code;
    this.#finish(error.message);
  }

  /** Nothing keeps it from being read any more. */
  readingFreed(): void {
    this.connection.resume();
    if (this.#hasPeerEnded) this.#finishReading();
  }

  /** The peer has sent all that it will send, or may. */
  #finishReading(): void {
    if (this.#state !== 'open') return;
    if (this.#intake?.isMidFrame === true) {
      this.refuse(new ChatError(ErrorCode.ERROR_CODE_FRAME_TRUNCATED), '');
    } else this.#finish(this.#closeReason);
  }

  /** Reads nothing any more, and closes when what is owed has been sent. */
  #finish(reason: string): void {
    this.#closeReason = reason;
    if (this.#state === 'finishing') return;
    this.#state = 'finishing';
    // What it sent before comes back to it, and is acked, when the store has it.
    this.node.commits.whenSettled(() => {
      this.#isSettled = true;
      this.places.endAtHeads();
      this.#endWhenServed();
    });
  }

  #endWhenServed(): void {
    if (this.#state !== 'finishing' || !this.#isSettled || !this.places.areServed) return;
    if (this.#lastWord !== undefined) this.tell(this.#lastWord);
    this.#leave();
    this.#state = 'closing';
    this.connection.end(this.#closeCode);
  }

  /** Takes no further part: gets nothing more, and is waited for by nobody. */
  #leave(): void {
    this.places.leaveAll();
    this.node.roster.leave(this);
    if (this.pulse !== undefined) this.node.timeouts.forget(this.pulse);
    this.#intake?.discard();
  }
}
