import type { Encoding } from '../protocol/encodings.js';
import { ChatError, factsOf } from '../protocol/errors.js';
import { ErrorCode, GoodbyeReason, type ChatMessage } from '../protocol/messages.js';
import type { Rules } from './rules.js';
import type { Commits } from './commits.js';
import { Ending, type Concluded } from './ending.js';
import { FirstFrameTimeout, type Newcomer } from './first-frame-timeout.js';
import { renderings, type Rendering } from './rendering.js';
import { Intake, type IntakeParts } from './intake.js';
import { errorNotice, goodbyeNotice, type Notice } from './notices.js';
import { Outbox } from './outbox.js';
import { phases, type Phase } from './phase.js';
import { authorOf, guestNameOf, type OnDevice, type People, type Person } from './people.js';
import { sessionId } from './session-id.js';
import { Memberships, type MembershipsParts } from './memberships.js';
import type { Connection, Identity, SessionFacts, Speaker } from './ports.js';
import type { Heartbeat, HeartbeatPeer } from './heartbeat.js';
import type { Answered, Replies } from './replies.js';
import { rightsOnArrival } from './rights.js';

/** Why a session ends that the server does not end. */
const peerClosed = 'the peer closed the connection';

/** What all sessions are made with. */
export interface SessionParts extends IntakeParts, MembershipsParts {
  /** How many times the store was opened: it tells apart sessions of the same ordinal. */
  readonly incarnation: number;
  readonly rules: Pick<Rules, 'takesGuests'>;
  readonly people: People<Session>;
  readonly commits: Pick<Commits, 'whenSettled'>;
  /** Its connection is gone, for a reason that is a sentence. */
  forget(session: Session, reason: string): void;
}

/**
 * A user on a connection. The transport feeds `intake` and calls `useEncoding`, `ended`,
 * `drained`, `stalled` and `closed`; everything else is for the core.
 */
export class Session
  implements SessionFacts, Answered, HeartbeatPeer, Newcomer, Concluded, OnDevice
{
  readonly ordinal: number;
  readonly connection: Connection;
  readonly memberships: Memberships;
  phase: Phase = phases.new;
  /** Program and version, as the client gave them in its hello. */
  program = '';
  /** Of a full session. */
  heartbeat: Heartbeat | undefined;

  readonly #parts: SessionParts;
  readonly #outbox: Outbox;
  /** Who it is, if it has said so. */
  person: Person<Session> | undefined;
  device = '';
  helloPlace = 0;
  /** The log-in that it belongs to; empty for a guest's. */
  login = '';
  /** What it may do on the server; see `serverRights`. */
  rights: number;
  #speaker: (Speaker & { readonly chosenName: string }) | undefined;
  #intake: Intake | undefined;
  #hasPeerEnded = false;
  /** Since nothing is read any more, as the peer has ended its side or the server ends it. */
  #ending: Ending | undefined;
  /** Whether the connection is gone. */
  #isGone = false;

  /** A guest in the lobby. */
  constructor(parts: SessionParts, connection: Connection, ordinal: number) {
    this.#parts = parts;
    this.ordinal = ordinal;
    this.connection = connection;
    this.#outbox = new Outbox(connection, parts.limits.outboxBytesMax, parts.memory);
    this.rights = rightsOnArrival(connection, parts.rules);
    this.memberships = new Memberships(this, parts);
    if (connection.mustSpeak || !parts.rules.takesGuests) new FirstFrameTimeout(this, parts);
  }

  get encoding(): Encoding {
    return this.#outbox.encoding;
  }

  /** How messages are written for this session. */
  get rendering(): Rendering {
    const { bare, full } = renderings[this.#outbox.encoding];
    return this.phase === phases.greeting || this.phase === phases.full ? full : bare;
  }

  /** Unlike that of any other connection, at any time. */
  get id(): string {
    return sessionId(this.#parts.incarnation, this.ordinal);
  }

  /** As whom it says something: the same object until it has another name. */
  get speaker(): Speaker {
    const chosenName = this.person?.chosenName ?? '';
    if (this.#speaker?.chosenName === chosenName) return this.#speaker;
    const { person, id, device, name: sender } = this;
    const author = person === undefined ? id : authorOf(person.id, device);
    this.#speaker = { author, sender, chosenName };
    return this.#speaker;
  }

  /** What others see as the sender. */
  get name(): string {
    return this.person?.name ?? guestNameOf(this.id);
  }

  /** Whether frames are still read. */
  get isOpen(): boolean {
    return this.#ending === undefined && !this.#isGone;
  }

  /** Whether messages may still be written. */
  get takesMessages(): boolean {
    return this.#ending?.isOver !== true && !this.#isGone;
  }

  /** Whether it is not read at the moment; see `Gate`. */
  get isPaused(): boolean {
    return this.#intake?.gate.isOpen === false;
  }

  /** Whether so much waits for it that nothing should be added. */
  get isFull(): boolean {
    return this.#outbox.isFull;
  }

  /** What it has of the memory for all, besides what waits in its connection. */
  get bytesHeld(): number {
    return this.#intake?.bytesHeld ?? 0;
  }

  /** All bytes that were ever written to it. */
  get bytesSent(): number {
    return this.#outbox.bytesSent;
  }

  // What the transport calls.

  /** Takes what arrives. Comes into being when it is needed: most sessions are idle. */
  get intake(): Intake {
    return (this.#intake ??= new Intake(this, this.#parts));
  }

  /** Messages are written otherwise from now on; called by whoever reads the first of them. */
  useEncoding(encoding: Encoding): void {
    this.memberships.rewrite(() => (this.#outbox.encoding = encoding));
    this.replies.close();
    this.replies.open();
  }

  /** It came when the lobby stood at this seq: it has what follows, unless it has said hello. */
  hasBeenSince(lobbySeq: number): void {
    if (!this.rendering.isFull) this.memberships.beginAt(lobbySeq);
    this.readOn();
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
    this.memberships.forgetLagging();
    this.close(ErrorCode.ERROR_CODE_STALLED, GoodbyeReason.GOODBYE_REASON_STALLED);
    this.#ending?.concludeIfServed();
  }

  /** The connection is gone; `problem` is a sentence if it did not just end. */
  closed(problem?: string): void {
    if (this.#isGone) return;
    this.#leave();
    this.#isGone = true;
    this.#outbox.close();
    this.#parts.forget(this, problem ?? this.#ending?.reason ?? peerClosed);
  }

  // What the core calls.

  /** Sends bytes; false when no more should be sent before `drained`. */
  write(bytes: Uint8Array): boolean {
    return this.#outbox.write(bytes);
  }

  /** Lets the lagging cursors read on, as far as the connection takes it. */
  readOn(): void {
    if (!this.takesMessages) return;
    if (!this.#outbox.isFull) this.memberships.readOn();
    this.#ending?.concludeIfServed();
  }

  /** What it is answered while what it has sent is read. */
  get replies(): Replies {
    return this.intake.replies;
  }

  /** Replies with a message. */
  reply(message: Partial<ChatMessage>): void {
    this.replies.add(message);
  }

  answer(replies: Uint8Array): void {
    this.write(replies);
    // It asks for more than it reads: it may ask again when it has read.
    if (this.#outbox.isWaiting && this.isOpen) this.intake.gate.shut('outbox');
  }

  get hasToSpeak(): boolean {
    const hasSpoken = this.phase === phases.bare || this.phase === phases.full;
    return this.isOpen && !hasSpoken && this.person === undefined;
  }

  tookTooLong(): void {
    this.closeWithError(new ChatError(ErrorCode.ERROR_CODE_FIRST_FRAME_TIMEOUT));
  }

  /** Says something that is no reply. */
  tell(message: Partial<ChatMessage>): void {
    this.#outbox.tell(message);
  }

  /** A hello has come: what the room writes from now on has the full rendering. */
  greet(): void {
    this.memberships.rewrite(() => (this.phase = phases.greeting));
  }

  /** It has said who it is; returns the session on the same device that stood until now. */
  identify({ person: id, name }: Identity, device: string): Session | undefined {
    const { people } = this.#parts;
    let before: Session | undefined;
    this.memberships.reenter(() => {
      if (this.person !== undefined) people.depart(this.person, this);
      this.device = device;
      this.#speaker = undefined;
      ({ person: this.person, before } = people.arrive(id, this));
      // Nobody has seen an earlier name of somebody who has just come.
      if (this.person.sessions.size === 1 && before === undefined) this.person.chosenName = name;
    });
    return before;
  }

  /**
   * Says a last thing and closes, when the session has got what it is owed. Nothing is
   * read from it any more.
   */
  close(code: ErrorCode, reason: GoodbyeReason): void {
    if (this.#ending?.hasLastWord === true || !this.takesMessages) return;
    this.#finish(factsOf(code).sentence).sayLast(goodbyeNotice(this.rendering, code, reason), code);
  }

  /** Closes at once; what waits is lost. */
  destroy(reason: string): void {
    this.#finish(reason);
    this.connection.destroy();
  }

  /** Ends the session with an error, also with one that others survive; at any time. */
  closeWithError(error: ChatError, id = ''): void {
    this.#parts.observer.refused?.(error.code);
    this.#finish(error.message).sayLast(errorNotice(this.rendering, error, id), error.code);
  }

  /** Reads on: nothing keeps it from that any more. */
  resumeReading(): void {
    this.connection.resume();
    if (this.#hasPeerEnded) this.#finishReading();
  }

  /** The peer has sent all that it will send, or may. */
  #finishReading(): void {
    if (!this.isOpen) return;
    if (this.#intake?.isMidFrame === true) {
      this.closeWithError(new ChatError(ErrorCode.ERROR_CODE_FRAME_TRUNCATED));
    } else this.#finish(peerClosed);
  }

  /** Reads nothing any more, and closes when what is owed has been sent. */
  #finish(reason: string): Ending {
    if (this.#ending !== undefined) this.#ending.reason = reason;
    else {
      const ending = new Ending(this, this.memberships, reason);
      this.#ending = ending;
      // What it sent before comes back to it, and is acked, when the store has it.
      this.#parts.commits.whenSettled(() => ending.settled());
    }
    return this.#ending;
  }

  conclude(lastWord: Notice | undefined, code: ErrorCode | undefined): void {
    if (this.#isGone) return;
    if (lastWord !== undefined) this.tell(lastWord);
    this.#leave();
    this.connection.end(code);
  }

  /** Takes no further part: gets nothing more, and is waited for by nobody. */
  #leave(): void {
    this.memberships.leaveAll();
    if (this.person !== undefined) this.#parts.people.depart(this.person, this);
    if (this.heartbeat !== undefined) this.#parts.timeouts.forget(this.heartbeat);
    this.#intake?.discard();
  }
}
