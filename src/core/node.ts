import { chatMessage, ClientFrame, encodeFrame, FrameWriter } from '../protocol/codec.js';
import { ChatError } from '../protocol/errors.js';
import { lobbyName, marks, type SessionLimits } from '../protocol/limits.js';
import { ErrorCode, GoodbyeReason } from '../protocol/messages.js';
import { nameKey } from '../protocol/names.js';
import type { Intake } from './intake.js';
import { OutboxBudget } from './outbox.js';
import type { Clock, Connection, Draft, Observer } from './ports.js';
import { Room } from './room.js';
import { Session } from './session.js';

/** What a node is built from. */
export interface NodeOptions {
  readonly clock: Clock;
  readonly observer: Observer;
  readonly limits: SessionLimits;
  /**
   * Memory for bytes that are sent, its content undefined. Transports should get the
   * kind that they need not convert: a batch is written once per session. Replies are
   * gone soon; batches stay in their room's log, and must not keep other memory there.
   */
  readonly allocate: Readonly<Record<'reply' | 'batch', (bytes: number) => Uint8Array>>;
  /** Bytes that may wait for all sessions together. */
  readonly outboxTotalBytesMax: number;
  /** Bytes of recent messages that a room keeps in memory, for readers that are behind. */
  readonly logBytesMax: number;
  readonly connectionsMax: number;
  /** Connections from one address; loopback addresses may have `connectionsMax`. */
  readonly connectionsPerAddressMax: number;
  /** Program and version, as `welcome` says it. */
  readonly serverName: string;
}

/** How often unfinished frames are looked at; they expire at most that much late. */
const sweepIntervalMsMax = 1000;

/** What is encoded in one go is seldom larger. */
const scratchBytes = 64 * 1024;

/** The sessions and rooms of this process. */
export class Node {
  readonly clock: Clock;
  readonly limits: SessionLimits;
  readonly serverName: string;
  readonly observer: Observer;
  readonly outboxBudget: OutboxBudget;
  readonly lobby: Room;

  /** The frame that is being read; one is enough, as reading never waits. */
  readonly frame = new ClientFrame();
  /** The replies to the chunk that is being read; empty in between. */
  readonly replies: FrameWriter;
  /** Where a frame was begun and has not arrived whole. */
  readonly unfinished = new Set<Intake>();

  readonly #options: NodeOptions;
  readonly #sessions = new Set<Session>();
  readonly #names = new Map<string, Session>();
  readonly #connectionsByAddress = new Map<string, number>();
  #sessionsEver = 0;
  #isFlushDue = false;
  #afterFlush: Array<() => void> = [];
  #isSweeping = false;
  #closing: PromiseWithResolvers | undefined;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.limits = options.limits;
    this.serverName = options.serverName;
    this.observer = options.observer;
    this.outboxBudget = new OutboxBudget(
      options.outboxTotalBytesMax,
      options.limits.outboxBytesMax,
    );
    this.replies = new FrameWriter(scratchBytes, options.allocate.reply);
    this.lobby = new Room(
      lobbyName,
      options.logBytesMax,
      new FrameWriter(scratchBytes, options.allocate.batch),
    );
  }

  /** How many sessions there are. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /**
   * Makes a session of a new connection: a guest in the lobby. Undefined when the
   * connection was turned away, in which case it has been told why and is closing.
   */
  accept(connection: Connection): Session | undefined {
    const refusal = this.#refusal(connection.address);
    if (refusal !== undefined) {
      const { message } = new ChatError(refusal);
      this.observer.connectionRefused?.(connection, message);
      connection.write(encodeFrame(chatMessage({ content: marks.error + message })));
      connection.end();
      return undefined;
    }
    this.#sessionsEver += 1;
    const session = new Session(this, connection, this.#sessionsEver);
    const before = this.#sessions.size;
    this.#sessions.add(session);
    this.#countAddress(connection.address, 1);
    this.lobby.addLive(session.lobby);
    this.observer.sessionOpened?.(session, before, this.#sessions.size);
    return session;
  }

  /** Removes a session whose connection is gone. */
  forget(session: Session, reason: string): void {
    const before = this.#sessions.size;
    this.#sessions.delete(session);
    this.#countAddress(session.address, -1);
    const key = nameKey(session.chosenName);
    if (this.#names.get(key) === session) this.#names.delete(key);
    this.observer.sessionClosed?.(session, reason, before, this.#sessions.size);
    if (this.#sessions.size === 0) this.#closing?.resolve();
  }

  /** Publishes a message; it gets its number, and its readers get it, at the end of this turn. */
  publish(room: Room, draft: Draft): void {
    room.publish(draft);
    this.#flushLater();
  }

  /** Calls back when all that was published in this turn has been handed out. */
  afterFlush(callback: () => void): void {
    this.#afterFlush.push(callback);
    this.#flushLater();
  }

  /** The session that has this name, or one that counts as the same. */
  sessionNamed(name: string): Session | undefined {
    return this.#names.get(nameKey(name));
  }

  /** Gives a session a name that nobody has. */
  claimName(session: Session, name: string): void {
    this.#names.set(nameKey(name), session);
    session.chosenName = name;
  }

  /** Has `expireFrame` called from time to time, as long as it is in `unfinished`. */
  watchUnfinished(intake: Intake): void {
    this.unfinished.add(intake);
    if (!this.#isSweeping) this.#sweepLater();
  }

  /**
   * Says goodbye to everybody, after all that has been published was handed out, and
   * returns when the last connection is gone: after `timeoutMs` at the latest, as
   * what is left then is closed at once. New connections are turned away from now on.
   */
  async close(timeoutMs: number): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = promiseWithResolvers();
      this.#flush();
      for (const session of this.#sessions) {
        session.close(
          ErrorCode.ERROR_CODE_SHUTTING_DOWN,
          GoodbyeReason.GOODBYE_REASON_SHUTTING_DOWN,
        );
      }
      if (this.#sessions.size === 0) this.#closing.resolve();
      const cancel = this.clock.after(timeoutMs, () => {
        for (const session of this.#sessions) session.destroy('it took too long to close');
      });
      void this.#closing.promise.then(cancel);
    }
    await this.#closing.promise;
  }

  #refusal(address: string): ErrorCode | undefined {
    const { connectionsMax, connectionsPerAddressMax } = this.#options;
    if (this.#closing !== undefined) return ErrorCode.ERROR_CODE_SHUTTING_DOWN;
    if (this.#sessions.size >= connectionsMax) return ErrorCode.ERROR_CODE_TOO_MANY_CONNECTIONS;
    const max = isLoopback(address) ? connectionsMax : connectionsPerAddressMax;
    const here = this.#connectionsByAddress.get(address) ?? 0;
    return here >= max ? ErrorCode.ERROR_CODE_TOO_MANY_FROM_ADDRESS : undefined;
  }

  #countAddress(address: string, change: 1 | -1): void {
    const count = (this.#connectionsByAddress.get(address) ?? 0) + change;
    if (count === 0) this.#connectionsByAddress.delete(address);
    else this.#connectionsByAddress.set(address, count);
  }

  #flushLater(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.clock.endOfTurn(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushDue = false;
    const batch = this.lobby.flush();
    if (batch !== undefined) this.observer.appended?.(this.lobby.name, batch.entries);
    const callbacks = this.#afterFlush;
    this.#afterFlush = [];
    for (const callback of callbacks) callback();
  }

  #sweepLater(): void {
    this.#isSweeping = true;
    const intervalMs = Math.min(sweepIntervalMsMax, this.limits.frameTimeoutMs / 2);
    this.clock.after(intervalMs, () => {
      const nowMs = this.clock.monotonicMs();
      for (const intake of this.unfinished) intake.expireFrame(nowMs);
      this.#isSweeping = false;
      if (this.unfinished.size > 0) this.#sweepLater();
    });
  }
}

function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\./.test(address) || address === '::1';
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function promiseWithResolvers(): PromiseWithResolvers {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
