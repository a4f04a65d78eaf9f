import { chatMessage, encodeFrame } from '../protocol/codec.js';
import { ChatError, factsOf } from '../protocol/errors.js';
import { guestPrefix, marks } from '../protocol/limits.js';
import {
  ErrorCode,
  GoodbyeReason,
  type ChatMessage,
  type Control,
  type GapReason,
} from '../protocol/messages.js';
import type { Form } from './batch.js';
import { Intake } from './intake.js';
import type { Node } from './node.js';
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
 * A user on a connection. The transport calls `receive`, `ended`, `drained`,
 * `stalled` and `closed`; everything else is for the core.
 */
export class Session implements SessionFacts {
  readonly node: Node;
  readonly number: number;
  readonly connection: Connection;
  readonly places: Places;
  phase: Phase = 'new';
  /** Program and version, as the client gave them in its hello. */
  program = '';
  /** Of a full session. */
  pulse: Pulse | undefined;

  readonly #outbox: Outbox;
  /** Who it is, if it has said so. */
  #identity: Identity | undefined;
  #state: State = 'open';
  #closeReason = 'the peer closed the connection';
  /** Comes into being when it is needed: most sessions are idle. */
  #intake: Intake | undefined;
  #isBackedUp = false;
  #hasPeerEnded = false;
  /** Whether nothing that it has sent is on its way to the store any more. */
  #isSettled = false;
  /** Said when all that is owed has been sent, before the end. */
  #lastWord: Partial<ChatMessage> | undefined;

  /** A guest in the lobby. */
  constructor(node: Node, connection: Connection, number: number) {
    this.node = node;
    this.number = number;
    this.connection = connection;
    this.#outbox = new Outbox(connection, node.outboxBudget);
    this.places = new Places(this);
  }

  /** How messages are written for this session. */
  get form(): Form {
    return this.phase === 'greeting' || this.phase === 'full' ? 'full' : 'bare';
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

  /** Whether reading waits: for the session to take its replies, to send less, or for a store. */
  get isPaused(): boolean {
    return this.#isBackedUp || this.#intake?.isHeld === true;
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

  /** Bytes have arrived. They may be kept for a while, so they must stay as they are. */
  receive(chunk: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.pulse?.beat();
    this.#intake ??= new Intake(this);
    this.#intake.push(chunk);
  }

  /** The peer has ended its sending side. */
  ended(): void {
    this.#hasPeerEnded = true;
    if (this.#intake?.isHeld !== true) this.#finishReading();
  }

  /** All that was written has been taken. */
  drained(): void {
    this.#outbox.drained();
    if (!this.takesMessages) return;
    this.#isBackedUp = false;
    this.pauseOrResume();
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
    this.node.replies.message(chatMessage(message));
  }

  /** Answers what was read earlier, with one write: `answer` replies and refuses. */
  answerLate(answer: () => void): void {
    if (!this.takesMessages) return;
    answer();
    this.flushReplies();
  }

  /** Says something that is no reply. */
  tell(message: Partial<ChatMessage>): void {
    this.write(encodeFrame(chatMessage(message)));
  }

  /** Says that messages of a room are missing, and which. */
  tellGap(room: string, fromSeq: number, toSeq: number, reason: GapReason): void {
    const count = toSeq - fromSeq + 1;
    const sentence = `${count} messages were skipped: the server no longer has them, and this connection read too slowly`;
    this.tell(this.#inForm(sentence, { $case: 'gap', gap: { room, fromSeq, toSeq, reason } }));
  }

  /** A hello has come: what the room writes from now on is in the full form. */
  greet(): void {
    this.places.rewrite(() => (this.phase = 'greeting'));
  }

  /** It is full now; returns the session of the same sender that stood until now. */
  welcome(identity: Identity): Session | undefined {
    this.places.rename(() => {
      this.#identity = identity;
      this.phase = 'full';
    });
    this.pulse = new Pulse(this);
    this.node.timeouts.watchPulse(this.pulse);
    return this.node.roster.enter(this);
  }

  /**
   * Says a last thing and closes, when the session has got what it is owed. Nothing is
   * read from it any more.
   */
  close(code: ErrorCode, reason: GoodbyeReason): void {
    if (this.#lastWord !== undefined || !this.takesMessages) return;
    const { sentence, retryable } = factsOf(code);
    const goodbye = { reason, message: sentence, reconnect: retryable, reconnectAfterMs: 0 };
    this.#lastWord = this.#inForm(sentence, { $case: 'goodbye', goodbye });
    this.#finish(sentence);
  }

  /** Closes at once; what waits is lost. */
  destroy(reason: string): void {
    this.#closeReason = reason;
    this.connection.destroy();
  }

  /** Sends all replies to one chunk with one write. */
  flushReplies(): void {
    const { replies } = this.node;
    if (replies.bytes === 0) return;
    const hasRoom = this.write(replies.take());
    if (!hasRoom && this.#state === 'open') {
      // It asks for more than it reads: it may ask again when it has read.
      this.#isBackedUp = true;
      this.pauseOrResume();
    }
  }

  /** Answers a frame with the error for which it was refused; some end the session. */
  refuse(error: unknown, id: string): void {
    if (!(error instanceof ChatError)) throw error;
    const { code, message, suggestion } = error;
    const { closes, retryable } = factsOf(code);
    const reply = { code, message, id, retryable, retryAfterMs: 0, suggestion };
    const answer = this.#inForm(message, { $case: 'error', error: reply });
    if (closes) {
      this.#lastWord = answer;
      this.#finish(message);
    } else this.reply(answer);
  }

  /** What was read may be gone on with. */
  readingFreed(): void {
    this.pauseOrResume();
    if (this.#hasPeerEnded && this.#intake?.isHeld !== true) this.#finishReading();
  }

  /** Reads from the connection unless something waits for it to be slower. */
  pauseOrResume(): void {
    if (this.isPaused) this.connection.pause();
    else this.connection.resume();
  }

  /** What is said to the session about itself: a sentence if it is bare, otherwise more. */
  #inForm(sentence: string, control: Control): Partial<ChatMessage> {
    return this.form === 'bare' ? { content: marks.error + sentence } : { control };
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
    this.connection.end();
  }

  /** Takes no further part: gets nothing more, and is waited for by nobody. */
  #leave(): void {
    this.places.leaveAll();
    this.node.roster.leave(this);
    if (this.pulse !== undefined) this.node.timeouts.forgetPulse(this.pulse);
    if (this.#intake !== undefined) this.node.timeouts.frameFinished(this.#intake);
  }
}
