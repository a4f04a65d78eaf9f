import { StoredAccounts } from '../../src/auth/accounts.js';
import { Passwords } from '../../src/auth/passwords.js';
import { HmacTokens } from '../../src/auth/token.js';
import type { ClientEnvironment } from '../../src/client/environment.js';
import type { Dial, StreamListener } from '../../src/client/stream.js';
import { Node } from '../../src/core/node.js';
import type { Clock } from '../../src/core/ports.js';
import { defaultLimits } from '../../src/protocol/limits.js';
import { MemoryAccounts } from '../../src/store/memory/accounts.js';
import { Random } from '../support/random.js';
import { Disk, DiskStore } from './disk.js';
import { Link, unreachable, type LinkWeather } from './network.js';
import { Scheduler } from './scheduler.js';

/** What the seed decides about a run beforehand. */
export interface Climate {
  /** Whether each start of the server begins with an empty disk and a new epoch. */
  readonly isVolatile: boolean;
  /** What each room keeps; 0 for everything. */
  readonly retainEntries: number;
  readonly outboxBytesMax: number;
  readonly memoryBytesMax: number;
  readonly logBytesMax: number;
  readonly diskDelayMsMax: number;
  readonly diskFailures: number;
  /** The share of messages that cannot be read again. */
  readonly damages: number;
  /** The share of connections that break by themselves. */
  readonly breaks: number;
  /** How often people change something in their rooms, for each message that they send. */
  readonly changes: number;
}

const stallTimeoutMs = 15_000;
const batchBytesMax = 64 * 1024;
const { frameBytesMax } = defaultLimits;

/** One life of the server, from a start to a crash or an end. */
interface Life {
  readonly node: Node;
  readonly store: DiskStore;
  readonly links: Set<Link>;
  isOver: boolean;
}

/** The server, its disk and the network, in simulated time. */
export class World {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly climate: Climate;
  readonly disks = new Map<string, Disk>();
  /** Whether nothing breaks any more. */
  isCalm = false;
  disk: Disk;
  /** The first thing that went wrong. */
  problem: Error | undefined;
  #life: Life | undefined;
  #links = 0;
  #starts = 0;
  /** Of its own, so that damage leaves all else as it is. */
  readonly #fate: Random;
  /** What people do beside chatting; of its own for the same reason. */
  readonly whims: Random;
  readonly #accounts = new StoredAccounts({
    store: new MemoryAccounts(),
    passwords: new Passwords({ log2N: 1, r: 1, p: 1 }),
    guests: new HmacTokens(new Uint8Array(32)),
    wallMs: () => this.scheduler.nowMs,
  });

  constructor(seed: number) {
    this.random = new Random(seed);
    this.scheduler = new Scheduler(this.random);
    this.#fate = new Random(seed + 1_000_003);
    this.whims = new Random(seed + 2_000_003);
    this.climate = climateFrom(this.random, this.#fate, this.whims);
    this.disk = this.#newDisk();
  }

  /** Time and chance for the clients. */
  get environment(): ClientEnvironment {
    return {
      after: (delayMs, callback) => this.scheduler.after(timerMs(delayMs), callback),
      monotonicMs: () => this.scheduler.nowMs,
      random: () => this.random.next(),
    };
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  get sessionCount(): number {
    return this.#life?.node.sessionCount ?? 0;
  }

  /** A way to the server; `isSlow` for one that takes little at a time. */
  dial(isSlow: boolean): Dial {
    return async (_url, listener) => (await this.connect(isSlow, listener)).stream;
  }

  /** A connection to the server; rejects when it does not listen. */
  async connect(isSlow: boolean, listener: StreamListener): Promise<Link> {
    await this.delay(this.random.integer(0, 20));
    const life = this.#life;
    if (life === undefined) throw unreachable();
    this.#links += 1;
    const link = new Link(this.scheduler, this.#weather(isSlow), listener, {
      port: this.#links,
      stallTimeoutMs,
      memory: life.node.memory,
      gone: life.store.gone,
      failed: this.fail,
    });
    life.links.add(link);
    link.session = life.node.accept(link);
    return link;
  }

  /** Something has gone wrong, and the run with it. */
  readonly fail = (problem: Error): void => void (this.problem ??= problem);

  /** Calls what may find that something is wrong, from where nothing may be thrown. */
  attempt(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  async delay(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => void this.scheduler.after(delayMs, resolve));
  }

  /** Starts the server, and tries again until it starts. */
  async start(): Promise<void> {
    if (this.climate.isVolatile && this.#starts > 0) this.disk = this.#newDisk();
    for (;;) {
      this.#starts += 1;
      const store = new DiskStore(this.disk, this.scheduler, () => ({
        delayMsMax: this.climate.diskDelayMsMax,
        failures: this.isCalm ? 0 : this.climate.diskFailures,
      }));
      const life = { store, links: new Set<Link>(), isOver: false };
      try {
        this.#life = Object.assign(life, { node: await this.#open(store, life) });
        return;
      } catch {
        await this.delay(100);
      }
    }
  }

  /** The server ends without a word; what was not committed is lost. */
  crash(): void {
    const life = this.#life;
    this.#life = undefined;
    if (life === undefined) return;
    life.isOver = true;
    life.store.crash();
    for (const link of life.links) link.crash();
  }

  /** The server ends properly. */
  async stop(): Promise<void> {
    const life = this.#life;
    this.#life = undefined;
    if (life === undefined) return;
    await life.node.close(5000);
    life.isOver = true;
    life.store.crash();
  }

  /** Throws when the server is not in order, or more waits for a connection than may. */
  check(): void {
    const life = this.#life;
    if (life === undefined) return;
    for (const link of life.links) {
      if (!link.isKnown) life.links.delete(link);
      else if (!link.isBroken && link.bytesWaiting > this.climate.outboxBytesMax + batchBytesMax) {
        throw new Error(`${link.bytesWaiting} bytes wait for one connection`);
      }
    }
    let connectionBytes = 0;
    for (const { bytesCounted } of life.links) connectionBytes += bytesCounted;
    life.node.checkInvariants(connectionBytes);
    const { bytes, bytesMax } = life.node.memory;
    // Whoever is not full may be given one more piece of each kind.
    const most = bytesMax + (life.links.size + 1) * (batchBytesMax + frameBytesMax);
    if (bytes < 0 || bytes > most) throw new Error(`${bytes} of ${bytesMax} bytes are held`);
  }

  /** What the server holds for its peers. */
  get bytesHeld(): number {
    return this.#life?.node.memory.bytes ?? 0;
  }

  async #open(store: DiskStore, life: { isOver: boolean }): Promise<Node> {
    const { retainEntries, outboxBytesMax, memoryBytesMax, logBytesMax } = this.climate;
    return await Node.open({
      clock: this.#clockOf(life),
      store,
      roomList: this.disk.rooms,
      names: store,
      authenticator: this.#accounts,
      accounts: this.#accounts,
      rules: { takesGuests: true, canRegister: true },
      incarnation: this.#starts,
      observers: [],
      observerFailed: (_call, error) => this.fail(error as Error),
      limits: { ...defaultLimits, outboxBytesMax, messagesPerSecond: 50, messageBurst: 100 },
      retention: { entriesMax: retainEntries, ageMsMax: 0 },
      allocate: { reply: newBytes, batch: newBytes },
      memoryBytesMax,
      logBytesMax,
      connectionsMax: 1000,
      connectionsPerAddressMax: 1000,
      serverName: 'simulation',
    });
  }

  /** Time as that life of the server sees it: it stops with it. */
  #clockOf(life: { isOver: boolean }): Clock {
    const after = (delayMs: number, callback: () => void): (() => void) =>
      this.scheduler.after(delayMs, () => {
        if (!life.isOver) callback();
      });
    return {
      wallMs: () => 1e12 + Math.floor(this.scheduler.nowMs),
      monotonicMs: () => this.scheduler.nowMs,
      endOfTurn: (callback) => void after(0, callback),
      after: (delayMs, callback) => after(timerMs(delayMs), callback),
    };
  }

  #weather(isSlow: boolean): LinkWeather {
    const { random } = this;
    const breaks = !this.isCalm && random.chance(this.climate.breaks);
    return {
      latencyMsMax: random.one([0, 5, 50]),
      pieceBytesMax: isSlow ? random.integer(20, 200) : random.one([50, 1000, 100_000]),
      pauses: isSlow && !this.isCalm ? 0.01 : 0,
      breaksAfterBytes: breaks ? random.integer(1, random.one([100, 1000, 10_000])) : Infinity,
      noticeMsMax: random.one([0, 100, 30_000]),
    };
  }

  #newDisk(): Disk {
    const disk = new Disk(() => this.#fate.chance(this.climate.damages));
    this.disks.set(disk.epoch, disk);
    return disk;
  }
}

function climateFrom(random: Random, fate: Random, whims: Random): Climate {
  const isVolatile = random.chance(0.15);
  return {
    isVolatile,
    retainEntries: random.chance(0.3) ? random.integer(1, 40) : 0,
    outboxBytesMax: random.one([300, 2000, 1_000_000]),
    memoryBytesMax: random.one([1000, 10_000, 100_000_000]),
    logBytesMax: random.one([1, 3000, 30_000, 10_000_000]),
    diskDelayMsMax: random.one([0, 1, 20, 300]),
    diskFailures: random.one([0, 0, 0.02, 0.2]),
    breaks: random.one([0, 0.2, 0.8]),
    damages: fate.one([0, 0, 0.01, 0.3]),
    changes: whims.one([0, 0.1, 0.5]),
  };
}

function newBytes(bytes: number): Uint8Array {
  return new Uint8Array(bytes);
}

/** Timers ring in whole milliseconds, and never at once. */
function timerMs(delayMs: number): number {
  return Math.max(1, Math.ceil(delayMs));
}
