import { chatMessage, encodeFrame } from '../protocol/codec.js';
import { ChatError, factsOf } from '../protocol/errors.js';
import { guestPrefix, marks } from '../protocol/limits.js';
import {
  ErrorCode,
  GapReason,
  GoodbyeReason,
  type ChatMessage,
  type Control,
} from '../protocol/messages.js';
import type { Form } from './batch.js';
import { Cursor } from './cursor.js';
import { Intake } from './intake.js';
import type { Node } from './node.js';
import { Outbox } from './outbox.js';
import type { Connection, SessionFacts } from './ports.js';

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
  readonly lobby: Cursor;
  /** The name that the session chose; empty for a guest. */
  chosenName = '';
  phase: Phase = 'new';
  /** Program and version, as the client gave them in its hello. */
  program = '';

  readonly #connection: Connection;
  readonly #outbox: Outbox;
  #state: State = 'open';
  #closeReason = 'the peer closed the connection';
  /** Both come into being when they are needed: most sessions are idle. */
  #intake: Intake | undefined;
  #behind: Set<Cursor> | undefined;
  #isBackedUp = false;
  #hasPeerEnded = false;
  /** Said when all that is owed has been sent, before the end. */
  #lastWord: Partial<ChatMessage> | undefined;

  constructor(node: Node, connection: Connection, number: number) {
    this.node = node;
    this.number = number;
    this.#connection = connection;
    this.#outbox = new Outbox(connection, node.outboxBudget);
    this.lobby = new Cursor(this, node.lobby);
  }

  /** How messages are written for this session. */
  get form(): Form {
    return this.phase === 'greeting' || this.phase === 'full' ? 'full' : 'bare';
  }

  get id(): string {
    return String(this.number);
  }

  /** What others see as the sender. */
  get name(): string {
    return this.chosenName === '' ? guestPrefix + this.id : this.chosenName;
  }

  get transport(): string {
    return this.#connection.transport;
  }

  get address(): string {
    return this.#connection.address;
  }

  get port(): number {
    return this.#connection.port;
  }

  /** Whether frames are still read. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Whether reading waits: for the session to take its replies, or to send less. */
  get isPaused(): boolean {
    return this.#isBackedUp || this.#intake?.isThrottled === true;
  }

  // What the transport calls.

  /** Bytes have arrived. They may be kept for a while, so they must stay as they are. */
  receive(chunk: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#intake ??= new Intake(this);
    this.#intake.push(chunk);
  }

  /** The peer has ended its sending side. */
  ended(): void {
    this.#hasPeerEnded = true;
    if (this.#intake?.isThrottled !== true) this.#finishReading();
  }

  /** All that was written has been taken. */
  drained(): void {
    this.#outbox.drained();
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#isBackedUp = false;
    this.pauseOrResume();
    this.#readOn();
  }

  /** Bytes wait, and none have been taken for `stallTimeoutMs`. */
  stalled(): void {
    this.#behind?.clear();
    this.close(ErrorCode.ERROR_CODE_STALLED, GoodbyeReason.GOODBYE_REASON_STALLED);
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
    return this.#outbox.write(bytes);
  }

  /** Takes a cursor out of the live set: from `seq` on it reads at the connection's pace. */
  fallBehind(cursor: Cursor, seq: number): void {
    cursor.fallBehind(seq);
    (this.#behind ??= new Set()).add(cursor);
  }

  /** Adds a message to the replies to the chunk that is being read; at no other time. */
  reply(message: Partial<ChatMessage>): void {
    this.node.replies.message(chatMessage(message));
  }

  /** Says that messages of a room are missing, and which. */
  tellGap(room: string, fromSeq: number, toSeq: number): void {
    const count = toSeq - fromSeq + 1;
    const sentence = `${count} messages were skipped: the server no longer has them, and this connection read too slowly`;
    const gap = { room, fromSeq, toSeq, reason: GapReason.GAP_REASON_EXPIRED };
    this.#tell(this.#inForm(sentence, { $case: 'gap', gap }));
  }

  /** A hello has come: what the room writes from now on is in the full form. */
  greet(): void {
    const isLive = this.#behind?.has(this.lobby) !== true;
    if (isLive) this.lobby.room.removeLive(this.lobby);
    this.phase = 'greeting';
    if (isLive) this.lobby.room.addLive(this.lobby);
  }

  /**
   * Says a last thing and closes, when the session has got what it is owed. Nothing is
   * read from it any more.
   */
  close(code: ErrorCode, reason: GoodbyeReason): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    const { sentence, retryable } = factsOf(code);
    const goodbye = { reason, message: sentence, reconnect: retryable, reconnectAfterMs: 0 };
    this.#state = 'finishing';
    this.#closeReason = sentence;
    this.#lastWord = this.#inForm(sentence, { $case: 'goodbye', goodbye });
    this.#endWhenServed();
  }

  /** Closes at once; what waits is lost. */
  destroy(reason: string): void {
    this.#closeReason = reason;
    this.#connection.destroy();
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

  /** The session sends no faster than it may, for now. */
  throttleEnded(): void {
    this.pauseOrResume();
    if (this.#hasPeerEnded && this.#intake?.isThrottled !== true) this.#finishReading();
  }

  /** Reads from the connection unless something waits for it to be slower. */
  pauseOrResume(): void {
    if (this.isPaused) this.#connection.pause();
    else this.#connection.resume();
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
    this.#state = 'finishing';
    this.#closeReason = reason;
    // What it sent in this turn comes back to it with the turn's batch.
    this.node.afterFlush(() => this.#endWhenServed());
  }

  #readOn(): void {
    for (const cursor of this.#behind ?? []) {
      if (!cursor.readOn()) return;
      this.#behind?.delete(cursor);
    }
    this.#endWhenServed();
  }

  #endWhenServed(): void {
    if (this.#state !== 'finishing' || (this.#behind?.size ?? 0) > 0) return;
    if (this.#lastWord !== undefined) this.#tell(this.#lastWord);
    this.#leave();
    this.#state = 'closing';
    this.#connection.end();
  }

  /** Says something that is no reply. */
  #tell(message: Partial<ChatMessage>): void {
    this.write(encodeFrame(chatMessage(message)));
  }

  /** Takes no further part: gets nothing more, and is waited for by nobody. */
  #leave(): void {
    this.lobby.room.removeLive(this.lobby);
    this.#behind?.clear();
    if (this.#intake !== undefined) this.node.unfinished.delete(this.#intake);
  }
}
