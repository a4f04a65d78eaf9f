import { ConnectionError } from '../../src/client/errors.js';
import type { Stream, StreamListener } from '../../src/client/stream.js';
import type { MemoryBudget } from '../../src/core/memory.js';
import type { Connection } from '../../src/core/ports.js';
import type { Session } from '../../src/core/session.js';
import type { GoneTexts } from './disk.js';
import type { Scheduler } from './scheduler.js';
import { WireCheck } from './wire-check.js';

/** With more than this waiting, a connection's `write` asks its caller to look. */
const unremarkableBytes = 256;

const pauseMsMax = 30_000;

/** How a connection behaves. */
export interface LinkWeather {
  /** A piece takes up to that long. */
  readonly latencyMsMax: number;
  /** What the client takes at once at most; small for a slow reader. */
  readonly pieceBytesMax: number;
  /** The share of pieces for the client that take very long: it does something else. */
  readonly pauses: number;
  /** The connection breaks when so many bytes have been delivered, both ways together. */
  readonly breaksAfterBytes: number;
  /** How long the server may take to notice. */
  readonly noticeMsMax: number;
}

/** One direction of a connection: bytes arrive in order, in pieces, after a while. */
class Pipe {
  readonly #link: Link;
  readonly #pieceBytesMax: number;
  readonly #pauses: number;
  readonly #deliver: (piece: Uint8Array) => void;
  readonly #emptied: () => void;
  #waiting = new Uint8Array(0);
  #isDue = false;
  isPaused = false;

  constructor(
    link: Link,
    { pieceBytesMax, pauses }: { readonly pieceBytesMax: number; readonly pauses: number },
    deliver: (piece: Uint8Array) => void,
    emptied: () => void,
  ) {
    this.#link = link;
    this.#pieceBytesMax = pieceBytesMax;
    this.#pauses = pauses;
    this.#deliver = deliver;
    this.#emptied = emptied;
  }

  get bytes(): number {
    return this.#waiting.length;
  }

  push(bytes: Uint8Array): void {
    const waiting = new Uint8Array(this.#waiting.length + bytes.length);
    waiting.set(this.#waiting);
    waiting.set(bytes, this.#waiting.length);
    this.#waiting = waiting;
    this.move();
  }

  /** Delivers a piece some time soon, and then the next. */
  move(): void {
    if (this.#isDue || this.isPaused || this.#waiting.length === 0 || this.#link.isBroken) return;
    this.#isDue = true;
    const { scheduler, weather } = this.#link;
    const { random } = scheduler;
    const isLong = this.#pauses > 0 && random.chance(this.#pauses);
    const delayMs = random.integer(0, isLong ? pauseMsMax : weather.latencyMsMax);
    scheduler.after(delayMs, () => {
      this.#isDue = false;
      if (this.isPaused || this.#link.isBroken) return;
      const bytesMax = Math.min(this.#waiting.length, this.#pieceBytesMax);
      const bytes = this.#link.allowed(scheduler.random.integer(1, bytesMax));
      const piece = this.#waiting.slice(0, bytes);
      this.#waiting = this.#waiting.slice(bytes);
      if (bytes > 0) this.#deliver(piece);
      if (this.#link.breakIfDue()) return;
      if (this.#waiting.length === 0) this.#emptied();
      this.move();
    });
  }
}

/** Where a connection leads. */
export interface LinkOptions {
  readonly port: number;
  readonly stallTimeoutMs: number;
  /** Of the server. */
  readonly memory: MemoryBudget;
  /** The texts that the server knows to be gone. */
  readonly gone: GoneTexts;
  /** Is told when the server has written what it must not. */
  readonly failed: (problem: Error) => void;
}

/** A connection between a client and the server, which may break at any byte. */
export class Link implements Connection {
  readonly isConfidential = true;
  readonly isOperator = false;
  readonly transport = 'simulation';
  readonly encoding = 'stream';
  readonly mustSpeak = false;
  readonly address: string;
  readonly port: number;
  readonly scheduler: Scheduler;
  readonly weather: LinkWeather;
  readonly #listener: StreamListener;
  readonly #wireCheck: WireCheck;
  readonly #failed: (problem: Error) => void;
  readonly #up: Pipe;
  readonly #down: Pipe;
  session: Session | undefined;
  isBroken = false;
  #bytesLeft: number;
  /** What the server's side is asked to do when all is sent: nothing, to end. */
  #isEnding = false;
  #hasPeerEnded = false;
  #wasBackedUp = false;
  #isServerGone = false;
  #isClientGone = false;
  #lastProgressMs: number;
  readonly #stallTimeoutMs: number;
  readonly #memory: MemoryBudget;
  /** What has arrived at the server and was not taken. */
  #untaken: Uint8Array | undefined;
  /** What the server's side is counted for. */
  #bytesCounted = 0;

  constructor(
    scheduler: Scheduler,
    weather: LinkWeather,
    listener: StreamListener,
    { port, stallTimeoutMs, memory, gone, failed }: LinkOptions,
  ) {
    this.#wireCheck = new WireCheck(gone);
    this.#failed = failed;
    this.scheduler = scheduler;
    this.weather = weather;
    this.address = '127.0.0.1';
    this.port = port;
    this.#listener = listener;
    this.#bytesLeft = weather.breaksAfterBytes;
    this.#stallTimeoutMs = stallTimeoutMs;
    this.#memory = memory;
    this.#lastProgressMs = scheduler.nowMs;
    this.#up = new Pipe(
      this,
      { pieceBytesMax: 1000, pauses: 0 },
      (piece) => this.#toServer(piece),
      () => this.#allSentUp(),
    );
    this.#down = new Pipe(
      this,
      weather,
      (piece) => this.#toClient(piece),
      () => this.#allSentDown(),
    );
  }

  // The server's side: Connection.

  /** What it has of the server's memory. */
  get bytesCounted(): number {
    return this.#bytesCounted;
  }

  /** Whether the server knows of it. */
  get isKnown(): boolean {
    return !this.#isServerGone;
  }

  get bytesWaiting(): number {
    return this.#down.bytes;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isEnding || this.#isServerGone) return false;
    try {
      this.#wireCheck.written(bytes);
    } catch (error) {
      this.#failed(error as Error);
    }
    this.#down.push(bytes);
    this.#count();
    if (this.#down.bytes <= unremarkableBytes) return true;
    if (!this.#wasBackedUp) this.#watchProgress();
    this.#wasBackedUp = true;
    return false;
  }

  pause(): void {
    this.#up.isPaused = true;
  }

  resume(): void {
    this.#up.isPaused = false;
    const untaken = this.#untaken;
    this.#untaken = undefined;
    if (untaken !== undefined) this.#toServer(untaken);
    if (this.#up.bytes > 0) this.#up.move();
    else if (this.#untaken === undefined) this.#allSentUp();
  }

  end(): void {
    this.#isEnding = true;
    // What still arrives goes into nothing, and does not hold up the end.
    this.resume();
    if (this.#down.bytes === 0) this.#close();
  }

  destroy(): void {
    this.break();
  }

  // The client's side.

  /** The client takes nothing until `readOn`. */
  stopReading(): void {
    this.#down.isPaused = true;
  }

  readOn(): void {
    this.#down.isPaused = false;
    this.#down.move();
  }

  /** What the client writes to. */
  get stream(): Stream {
    return {
      write: (bytes) => {
        if (!this.#isClientGone && !this.#hasPeerEnded) this.#up.push(bytes);
      },
      end: () => {
        this.#hasPeerEnded = true;
        if (this.#up.bytes === 0) this.#allSentUp();
      },
      destroy: () => this.break(),
    };
  }

  /** How much of a piece may still arrive before the connection breaks. */
  allowed(bytes: number): number {
    const allowed = Math.min(bytes, this.#bytesLeft);
    this.#bytesLeft -= allowed;
    return allowed;
  }

  breakIfDue(): boolean {
    if (this.#bytesLeft === 0) this.break();
    return this.isBroken;
  }

  /** Cuts the connection; both sides get to know, some time. */
  break(): void {
    if (this.isBroken) return;
    this.isBroken = true;
    const { random } = this.scheduler;
    this.scheduler.after(random.integer(0, this.weather.latencyMsMax), () => this.#clientGone());
    this.scheduler.after(random.integer(0, this.weather.noticeMsMax), () => this.#serverGone());
  }

  /** The server's process is gone: nobody is there to be told. */
  crash(): void {
    this.#isServerGone = true;
    this.break();
  }

  #toServer(piece: Uint8Array): void {
    if (this.#isServerGone || this.#isEnding) return;
    const taken = this.session?.intake.push(piece) ?? piece.length;
    this.#untaken = taken < piece.length ? piece.slice(taken) : undefined;
    this.#count();
  }

  /** Tells the server's memory what lies on its side. */
  #count(): void {
    const bytes = this.#isServerGone ? 0 : this.#down.bytes + (this.#untaken?.length ?? 0);
    if (bytes > this.#bytesCounted) this.#memory.hold(bytes - this.#bytesCounted);
    else this.#memory.release(this.#bytesCounted - bytes);
    this.#bytesCounted = bytes;
  }

  #toClient(piece: Uint8Array): void {
    this.#lastProgressMs = this.scheduler.nowMs;
    this.#count();
    if (!this.#isClientGone) this.#listener.received(piece);
  }

  #allSentUp(): void {
    if (this.#untaken !== undefined) return;
    if (this.#hasPeerEnded && !this.#isServerGone && !this.isBroken) this.session?.ended();
  }

  #allSentDown(): void {
    if (this.#isEnding) this.#close();
    else if (this.#wasBackedUp && !this.#isServerGone) {
      this.#wasBackedUp = false;
      this.session?.drained();
    }
  }

  /** Both sides have said all. */
  #close(): void {
    if (this.isBroken) return;
    this.isBroken = true;
    this.#clientGone(undefined);
    this.#serverGone();
  }

  #clientGone(problem: Error | undefined = new Error('the network is broken')): void {
    if (this.#isClientGone) return;
    this.#isClientGone = true;
    this.#listener.closed(problem);
  }

  #serverGone(): void {
    if (this.#isServerGone) return;
    this.#isServerGone = true;
    this.#count();
    this.session?.closed();
  }

  #watchProgress(): void {
    this.#lastProgressMs = this.scheduler.nowMs;
    const check = (): void => {
      if (!this.#wasBackedUp || this.#isServerGone || this.isBroken) return;
      const quietMs = this.scheduler.nowMs - this.#lastProgressMs;
      if (quietMs < this.#stallTimeoutMs) {
        this.scheduler.after(Math.max(1, this.#stallTimeoutMs - quietMs), check);
        return;
      }
      this.session?.stalled();
      this.scheduler.after(2000, () => this.break());
    };
    this.scheduler.after(this.#stallTimeoutMs, check);
  }
}

/** What a client gets when nobody listens. */
export function unreachable(): ConnectionError {
  return new ConnectionError('unreachable', 'nobody listens');
}
