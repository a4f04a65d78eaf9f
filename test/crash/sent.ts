import type { Ack } from '../../src/index.js';
import type { Problems } from './problems.js';

/** Something that is added to a room: a message, or a change. */
export interface Addition {
  readonly kind: 'message' | 'edit' | 'removal' | 'topic';
  readonly room: string;
  readonly sender: string;
  /** The number of the message that is edited or removed. */
  readonly target?: number;
}

/** What was sent, by number, and what the server has said about it. */
export class Sent {
  readonly additions: Addition[] = [];
  /** The seq that was acked; 0 as long as none was. */
  readonly seqs: number[] = [];
  /** The newest seq that was acked, by room. */
  readonly heads = new Map<string, number>();
  acked = 0;
  /** Those of them that the server had already when they were sent again. */
  duplicates = 0;
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** Takes note of something that is about to be sent; returns its number. */
  add(addition: Addition): number {
    this.additions.push(addition);
    return this.seqs.push(0) - 1;
  }

  acknowledge(number: number, { room, seq, duplicate }: Ack): void {
    if (room !== this.additions[number]!.room || seq < 1) {
      this.#problems.add(`number ${number} was acked as ${room} ${seq}`);
    }
    this.seqs[number] = seq;
    this.heads.set(room, Math.max(this.heads.get(room) ?? 0, seq));
    this.acked += 1;
    if (duplicate) this.duplicates += 1;
  }

  fail(number: number, error: unknown): void {
    const { kind } = this.additions[number]!;
    this.#problems.add(`number ${number}, ${kind}, failed: ${(error as Error).message}`);
  }
}
