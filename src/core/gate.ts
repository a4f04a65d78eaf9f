import type { SessionLimits } from '../protocol/limits.js';
import type { MemoryBudget } from './memory.js';
import type { Clock } from './ports.js';
import { TokenBucket } from './token-bucket.js';
import type { Turns } from './turns.js';

/** Why a gate is shut, as bits. */
const reasons = {
  /** More waits for the peer than may: it reads first, and is answered then. */
  outbox: 1,
  /** It has sent more than it may in this time. */
  rate: 2,
  /** The last command has not been finished; it waits for a store, for instance. */
  command: 4,
  /** It has had its share of this turn of the event loop. */
  turn: 8,
  /** The memory for all peers is used up. */
  memory: 16,
} as const;

export type GateReason = keyof typeof reasons;

/** What gates need; a node has it. */
export interface GateParts {
  readonly clock: Clock;
  readonly limits: Pick<SessionLimits, 'messagesPerSecond' | 'messageBurst'>;
  readonly turns: Turns;
  readonly memory: MemoryBudget;
}

/** Whose reading a gate decides about. */
export interface Gated {
  /** The gate was open and is shut: nothing is to be decoded until `gateOpened`. */
  gateShut(): void;
  /** It is shut for the rate, perhaps besides other reasons. */
  gateThrottled(): void;
  /** No reason is left. */
  gateOpened(): void;
}

/**
 * The one thing that decides whether a connection is read. While it is shut nothing of what
 * has arrived is decoded: it stays as the bytes that arrived, and the rest in the network.
 * It is asked after each frame, however many arrived at once.
 */
export class Gate {
  readonly #parts: GateParts;
  readonly #owner: Gated;
  readonly #bucket: TokenBucket | undefined;
  #shutFor = 0;
  #nowMs: number;
  #turn: number;
  #workLeft: number;
  #isDone = false;
  /** Of the timer that opens it for the rate. */
  #stopTimer = (): void => {};

  constructor(parts: GateParts, owner: Gated) {
    const { clock, limits, turns } = parts;
    const { messagesPerSecond, messageBurst } = limits;
    this.#parts = parts;
    this.#owner = owner;
    this.#nowMs = clock.monotonicMs();
    this.#turn = turns.id;
    this.#workLeft = turns.shareWork;
    if (messagesPerSecond > 0) {
      this.#bucket = new TokenBucket(messagesPerSecond, messageBurst, this.#nowMs);
    }
  }

  get isOpen(): boolean {
    return this.#shutFor === 0;
  }

  /** The rate that it keeps to; 0 where there is none. */
  get messagesPerSecond(): number {
    return this.#bucket?.perSecond ?? 0;
  }

  shut(reason: GateReason): void {
    const wasOpen = this.isOpen;
    this.#shutFor |= reasons[reason];
    if (wasOpen) this.#owner.gateShut();
  }

  /** Takes one reason away; nothing happens where it was none. */
  open(reason: GateReason): void {
    if ((this.#shutFor & reasons[reason]) === 0) return;
    this.#shutFor &= ~reasons[reason];
    if (this.isOpen) this.#owner.gateOpened();
  }

  /** The same where many gates may open at once: each goes on when it is its turn. */
  openInTurn(reason: GateReason): void {
    if ((this.#shutFor & reasons[reason]) === 0) return;
    this.#waitForTurn();
    this.open(reason);
  }

  /**
   * Whether the peer cannot go on because it is not read. Where that is for want of memory
   * it has its time all the same, as what it has begun may be what takes the memory.
   */
  get isHeldBack(): boolean {
    return (this.#shutFor & ~reasons.memory) !== 0;
  }

  /** Whether nobody waits for it to open any more. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Its connection is gone. */
  close(): void {
    this.#isDone = true;
    this.#stopTimer();
  }

  /** Shuts the gate if the memory is used up. */
  askMemory(): void {
    if (this.#parts.memory.isUsedUp) this.#waitForMemory();
  }

  /** Something is about to be decoded. */
  begin(): void {
    const { clock, turns, memory } = this.#parts;
    if (this.#bucket !== undefined) this.#nowMs = clock.monotonicMs();
    if (this.#turn !== turns.id) {
      this.#turn = turns.id;
      this.#workLeft = turns.shareWork;
    }
    // Then it is asked about after the first frame, instead of at the end of the share.
    if (memory.isUsedUp) this.#workLeft = 0;
  }

  /**
   * A frame was read, and perhaps answered: it counts as `messages` for the rate, and its
   * work, in the units of `Turns`, for the share. Shuts the gate when either is used up.
   */
  spend(messages: number, work: number): void {
    if (messages > 0 && this.#bucket !== undefined) {
      const waitMs = this.#bucket.take(this.#nowMs, messages);
      if (waitMs > 0) this.#throttle(waitMs);
    }
    this.#workLeft -= work;
    if (this.#workLeft <= 0) this.#endShare();
  }

  turnCame(): void {
    this.open('turn');
  }

  memoryCame(): void {
    this.openInTurn('memory');
  }

  #throttle(waitMs: number): void {
    this.#stopTimer();
    this.#stopTimer = this.#parts.clock.after(Math.ceil(waitMs), () => this.openInTurn('rate'));
    this.shut('rate');
    this.#owner.gateThrottled();
  }

  #endShare(): void {
    const { turns } = this.#parts;
    // What costs more than a share takes several; a turn may end a little late for that.
    while (this.#workLeft <= 0 && turns.takeShare()) this.#workLeft += turns.shareWork;
    if (this.#workLeft <= 0) this.#waitForTurn();
    this.askMemory();
  }

  #waitForTurn(): void {
    if ((this.#shutFor & reasons.turn) !== 0) return;
    this.shut('turn');
    this.#parts.turns.wait(this);
  }

  #waitForMemory(): void {
    if ((this.#shutFor & reasons.memory) !== 0) return;
    this.shut('memory');
    this.#parts.memory.wait(this);
  }
}
