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

/** Why the server ends a session. */
interface Farewell {
  readonly code: ErrorCode;
  readonly reason: GoodbyeReason;
}

/**
 * A user on a connection. The transport calls `receive`, `ended`, `drained`,
 * `stalled` and `closed`; everything else is for the core.
 */
export class Session implements SessionFacts {
  readonly node: Node;
  readonly number: number;
  readonly lobby: Cursor;
  form: Form = 'bare';
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
  #farewell: Farewell | undefined;

  constructor(node: Node, connection: Connection, number: number) {
    this.node = node;
    this.number = number;
    this.#connection = connection;
    this.#outbox = new Outbox(connection, node.outboxBudget);
    this.lobby = new Cursor(this, node.lobby);
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

  /** Adds a message to the replies of this chunk, for full sessions. */
  reply(message: Partial<ChatMessage>): void {
    this.node.replies.message(chatMessage(message));
  }

  /** Says that messages of a room are missing, and which. */
  tellGap(room: string, fromSeq: number, toSeq: number): void {
    const count = toSeq - fromSeq + 1;
    this.#tell(
      `${count} messages were skipped: the server no longer has them, and this connection read too slowly`,
      { $case: 'gap', gap: { room, fromSeq, toSeq, reason: GapReason.GAP_REASON_EXPIRED } },
    );
  }

  /** Goes from bare to full; what the room writes from now on is in the full form. */
  becomeFull(): void {
    const isLive = this.#behind?.has(this.lobby) !== true;
    if (isLive) this.lobby.room.removeLive(this.lobby);
    this.form = 'full';
    if (isLive) this.lobby.room.addLive(this.lobby);
  }

  /**
   * Says a last thing and closes, when the session has got what it is owed. Nothing is
   * read from it any more.
   */
  close(code: ErrorCode, reason: GoodbyeReason): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#state = 'finishing';
    this.#farewell = { code, reason };
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
    const { closes, retryable } = factsOf(error.code);
    this.#replyError(error, retryable, id);
    if (closes) this.#finish(error.message);
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

  #replyError(error: ChatError, retryable: boolean, id: string): void {
    if (this.form === 'bare') {
      this.reply({ content: marks.error + error.message });
      return;
    }
    const { code, message, suggestion } = error;
    this.reply({
      control: {
        $case: 'error',
        error: { code, message, id, retryable, retryAfterMs: 0, suggestion },
      },
    });
  }

  /** Says something that is no reply, in the session's form. */
  #tell(sentence: string, control: Control): void {
    const message = this.form === 'bare' ? { content: marks.error + sentence } : { control };
    this.write(encodeFrame(chatMessage(message)));
  }

  /** The peer has sent all that it will send, or may. */
  #finishReading(): void {
    if (this.#state !== 'open') return;
    if (this.#intake?.isMidFrame === true) {
      this.refuse(new ChatError(ErrorCode.ERROR_CODE_FRAME_TRUNCATED), '');
      this.flushReplies();
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
    if (this.#farewell !== undefined) this.#sayFarewell(this.#farewell);
    this.#leave();
    this.#state = 'closing';
    this.#connection.end();
  }

  #sayFarewell({ code, reason }: Farewell): void {
    const { sentence, retryable } = factsOf(code);
    this.#closeReason = sentence;
    this.#tell(sentence, {
      $case: 'goodbye',
      goodbye: { reason, message: sentence, reconnect: retryable, reconnectAfterMs: 0 },
    });
  }

  /** Takes no further part: gets nothing more, and is waited for by nobody. */
  #leave(): void {
    this.lobby.room.removeLive(this.lobby);
    this.#behind?.clear();
    if (this.#intake !== undefined) this.node.unfinished.delete(this.#intake);
  }
}
