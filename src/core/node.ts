import { chatMessage, ClientFrame } from '../protocol/codec.js';
import { encodeMessage, MessageWriters } from '../protocol/encodings.js';
import { ChatError, factsOf } from '../protocol/errors.js';
import { marks, type SessionLimits } from '../protocol/limits.js';
import type { Allocate } from '../protocol/message-writer.js';
import { ErrorCode, GoodbyeReason } from '../protocol/messages.js';
import { Admission, type AdmissionOptions } from './admission.js';
import { BatchCache } from './batch-cache.js';
import { CommandRunner } from './command-runner.js';
import { commandTable, type CommandParts } from './commands.js';
import { Commits } from './commits.js';
import { EndedLogins } from './log-out.js';
import { nameSession } from './hello.js';
import type { Executor } from './intake.js';
import { invariant } from './invariant.js';
import { MemoryBudget } from './memory.js';
import { combined, type ObserverFailed } from './observers.js';
import { Names } from './names.js';
import { People } from './people.js';
import type { Rules } from './rules.js';
import type {
  Accounts,
  Authenticator,
  Clock,
  Connection,
  NameRecord,
  Observer,
  RoomList,
  Store,
} from './ports.js';
import { Reads } from './reads.js';
import type { DeferredReply } from './request.js';
import { ReplyBuffer } from './reply-buffer.js';
import { RetentionSweep, type RetentionOptions } from './retention.js';
import { Rooms } from './rooms.js';
import { Session, type SessionParts } from './session.js';
import { StoreHealth } from './store-health.js';
import { Timeouts } from './timeouts.js';
import { Turns } from './turns.js';
import { WatchedStore } from './watched-store.js';

/** What a node is built from. */
export interface NodeOptions extends AdmissionOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly roomList: RoomList;
  readonly names: NameRecord;
  readonly authenticator: Authenticator;
  readonly accounts: Accounts;
  readonly rules: Rules;
  /** How many times the store was opened, this time included; it tells apart who came when. */
  readonly incarnation: number;
  /** All are told the same; see `combined` for one that fails. */
  readonly observers: readonly Observer[];
  readonly observerFailed: ObserverFailed;
  readonly limits: SessionLimits;
  readonly retention: RetentionOptions;
  /**
   * Memory for bytes that are sent, its content undefined. Transports should get the
   * kind that they need not convert: a batch is written once per session. Replies are
   * gone soon; batches stay in their room's log, and must not keep other memory there.
   */
  readonly allocate: Readonly<Record<'reply' | 'batch', Allocate>>;
  /** What peers can make this process use; see `MemoryBudget`. */
  readonly memoryBytesMax: number;
  /** Bytes of messages that are kept in memory, of all rooms, for lagging readers. */
  readonly logBytesMax: number;
  /** Program and version, as `welcome` says it. */
  readonly serverName: string;
}

/** What of a node can change while it runs. */
export interface Changeable {
  readonly retention: RetentionOptions;
  readonly rules: Rules;
  readonly rate: Pick<SessionLimits, 'messagesPerSecond' | 'messageBurst'>;
}

/** What of a node has to be read from the store before there is one. */
interface Opened {
  readonly observer: Observer;
  readonly store: WatchedStore;
  readonly rooms: Rooms;
  readonly names: Names;
}

/** The sessions and rooms of this process. */
export class Node implements SessionParts, CommandParts {
  readonly clock: Clock;
  readonly store: WatchedStore;
  readonly authenticator: Authenticator;
  readonly accounts: Accounts;
  rules: Rules;
  readonly incarnation: number;
  limits: SessionLimits;
  readonly serverName: string;
  readonly observer: Observer;
  readonly admission: Admission;
  readonly memory: MemoryBudget;
  readonly reads = new Reads();
  readonly turns: Turns;
  readonly rooms: Rooms;
  readonly roomList: RoomList;
  readonly commits: Commits;
  readonly names: Names;
  readonly people: People<Session>;
  readonly endedLogins = new EndedLogins();
  readonly timeouts: Timeouts;
  readonly commands: Executor = new CommandRunner<CommandParts>(this, commandTable);

  /** The frame that is being read; one is enough, as reading never waits. */
  readonly frame = new ClientFrame();
  readonly replyBuffer: ReplyBuffer;

  readonly #health: StoreHealth;
  readonly #retention: RetentionSweep;
  readonly #sessions = new Set<Session>();
  #sessionsEver = 0;
  #cutOff = 0;
  #closing: PromiseWithResolvers | undefined;

  private constructor(options: NodeOptions, { observer, store, rooms, names }: Opened) {
    const { clock, limits } = options;
    this.clock = clock;
    this.store = store;
    this.authenticator = options.authenticator;
    this.accounts = options.accounts;
    this.rules = options.rules;
    this.incarnation = options.incarnation;
    this.limits = limits;
    this.serverName = options.serverName;
    this.observer = observer;
    this.admission = new Admission(options);
    this.memory = new MemoryBudget(options.memoryBytesMax, clock);
    this.turns = new Turns(clock);
    this.replyBuffer = new ReplyBuffer(new MessageWriters(options.allocate.reply));
    this.rooms = rooms;
    this.roomList = options.roomList;
    const settled = rooms.closeIfIdle.bind(rooms);
    this.#health = new StoreHealth({ store, clock, observer });
    const { memory } = this;
    this.commits = new Commits({ store, clock, observer, settled, memory, health: this.#health });
    this.names = names;
    this.people = new People(names);
    this.timeouts = new Timeouts(clock, limits);
    this.#retention = new RetentionSweep(store, rooms, clock, options.retention);
  }

  /** Makes a node with an open lobby. Rejects when the store cannot be read. */
  static async open(options: NodeOptions): Promise<Node> {
    const { clock, limits, logBytesMax, allocate } = options;
    const observer = combined(options.observers, options.observerFailed);
    const store = new WatchedStore(options.store, observer);
    const cache = new BatchCache(logBytesMax);
    const writers = new MessageWriters(allocate.batch);
    const rooms = await Rooms.load({ store, cache, writers, observer, clock, limits });
    const { names: record } = options;
    const names = await Names.load({ record, clock, nameHoldMs: limits.nameHoldMs });
    return new Node(options, { observer, store, rooms, names });
  }

  /** Takes over what can change while it runs. Sessions keep the rate that they were told. */
  change({ retention, rate, rules }: Changeable): void {
    this.rules = rules;
    this.#retention.change(retention);
    this.limits = { ...this.limits, ...rate };
  }

  /** In the order in which they were opened. */
  get sessions(): ReadonlySet<Session> {
    return this.#sessions;
  }

  /** How many sessions there are. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** How many sessions read a room at the pace of their connections. */
  get laggardCount(): number {
    let count = 0;
    for (const { memberships } of this.#sessions) count += memberships.areServed ? 0 : 1;
    return count;
  }

  /**
   * Why nothing should be sent here now: a sentence for everybody, as paths and the like are
   * in the log; undefined when all is well.
   */
  async problem(): Promise<string | undefined> {
    if (this.admission.isClosed) {
      return factsOf(ErrorCode.ERROR_CODE_SHUTTING_DOWN).sentence;
    }
    const problem = await this.#health.problem();
    return problem === undefined ? this.store.problem : 'messages cannot be stored at the moment';
  }

  /**
   * Makes a session of a new connection: a guest in the lobby. Undefined when the
   * connection was turned away, in which case it has been told why and is closing.
   */
  accept(connection: Connection): Session | undefined {
    // Who runs the server gets in when nobody else does.
    const refusal = connection.isOperator ? undefined : this.enter(connection.address);
    if (refusal !== undefined) {
      const { message } = new ChatError(refusal);
      this.observer.connectionRefused?.(connection, message);
      this.observer.refused?.(refusal);
      const said = chatMessage({ content: marks.error + message });
      connection.write(encodeMessage(connection.encoding, said));
      connection.end(refusal);
      return undefined;
    }
    this.#sessionsEver += 1;
    const session = new Session(this, connection, this.#sessionsEver);
    const before = this.#sessions.size;
    this.#sessions.add(session);
    this.observer.sessionOpened?.(session, before, this.#sessions.size);
    return session;
  }

  /**
   * Counts one more connection, until `admission.leave`, or says why there may not be another;
   * then it is not counted.
   */
  enter(address: string): ErrorCode | undefined {
    if (this.memory.isUsedUp) return ErrorCode.ERROR_CODE_OVERLOADED;
    return this.admission.enter(address);
  }

  nameSession(session: Session, name: string): DeferredReply {
    return nameSession(this, session, name);
  }

  /** Removes a session whose connection is gone. */
  forget(session: Session, reason: string): void {
    const before = this.#sessions.size;
    this.#sessions.delete(session);
    const { isOperator, address } = session.connection;
    if (!isOperator) this.admission.leave(address);
    this.observer.sessionClosed?.(session, reason, before, this.#sessions.size);
    if (this.#sessions.size === 0) this.#closing?.resolve();
  }

  /**
   * Throws when something is not as it has to be between any two events: in a simulation,
   * after each. `connectionBytes` is what the connections have of the memory for all.
   */
  checkInvariants(connectionBytes: number): void {
    invariant(this.replyBuffer.isFree, 'nobody is being answered');
    this.rooms.checkInvariants();
    let members = 0;
    let bytes = connectionBytes + this.commits.bytesHeld;
    for (const session of this.#sessions) {
      members += session.memberships.count;
      bytes += session.bytesHeld;
      if (session.isOpen) session.memberships.checkInvariants();
    }
    invariant(members === this.rooms.memberCount, 'those in rooms are the sessions that there are');
    invariant(bytes === this.memory.bytes, 'what is held is what all hold together');
  }

  /**
   * Says goodbye to everybody, after all that has been published was stored and handed
   * out, and returns when the last connection is gone: after `timeoutMs` at the latest, as
   * what is left then is closed at once. New connections are turned away from now on. Returns
   * how many were closed like that.
   */
  async close(timeoutMs: number): Promise<number> {
    if (this.#closing === undefined) {
      this.#closing = promiseWithResolvers();
      this.admission.close();
      this.#retention.stop();
      for (const session of this.#sessions) {
        session.close(
          ErrorCode.ERROR_CODE_SHUTTING_DOWN,
          GoodbyeReason.GOODBYE_REASON_SHUTTING_DOWN,
        );
      }
      if (this.#sessions.size === 0) this.#closing.resolve();
      const cancel = this.clock.after(timeoutMs, () => {
        this.#cutOff = this.#sessions.size;
        for (const session of this.#sessions) session.destroy('closing took too long');
      });
      void this.#closing.promise.then(cancel);
    }
    await this.#closing.promise;
    return this.#cutOff;
  }
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
