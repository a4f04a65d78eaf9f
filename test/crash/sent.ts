import type { Ack } from '../../src/index.js';
import type { Problems } from './problems.js';

/** What was sent, by number, and what the server has said about it. */
export class Sent {
  readonly rooms: string[] = [];
  readonly senders: string[] = [];
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

  /** Takes note of a message that is about to be sent; returns its number. */
  add(room: string, sender: string): number {
    this.rooms.push(room);
    this.senders.push(sender);
    return this.seqs.push(0) - 1;
  }

  acknowledge(number: number, { room, seq, duplicate }: Ack): void {
    if (room !== this.rooms[number] || seq < 1) {
      this.#problems.add(`message ${number} was acked as ${room} ${seq}`);
    }
    this.seqs[number] = seq;
    this.heads.set(room, Math.max(this.heads.get(room) ?? 0, seq));
    this.acked += 1;
    if (duplicate) this.duplicates += 1;
  }

  fail(number: number, error: unknown): void {
    this.#problems.add(`message ${number} failed: ${(error as Error).message}`);
  }
}
