import { GapReason, type ChatMessage } from '../../src/protocol/messages.js';

/**
 * Holds what a session gets of some rooms against the promise: after its place in each
 * of them every message once and in order, or a gap in its place.
 */
export class Coverage {
  /** The last seq of each room that came or was told missing. */
  readonly #last = new Map<string, number>();
  /** How many messages were told missing, in all rooms. */
  skipped = 0;
  gaps = 0;
  delivered = 0;

  /** The session has a place after this seq. */
  begin(room: string, seq: number): void {
    this.#last.set(room, seq);
  }

  /** The last seq that came or was told missing. */
  last(room: string): number {
    return this.#last.get(room)!;
  }

  /** Takes a message or a gap; anything else is not expected. */
  take({ control, content, room, seq }: ChatMessage): void {
    if (control?.$case === 'gap') {
      const { gap } = control;
      const next = this.last(gap.room) + 1;
      if (gap.fromSeq !== next || gap.toSeq < next || gap.reason !== GapReason.GAP_REASON_EXPIRED) {
        throw new Error(`before ${gap.room} ${next} comes ${JSON.stringify(gap)}`);
      }
      this.skipped += gap.toSeq - next + 1;
      this.gaps += 1;
      this.#last.set(gap.room, gap.toSeq);
      return;
    }
    const next = this.last(room) + 1;
    if (control !== undefined || seq !== next || !content.startsWith(`${room} ${seq} `)) {
      const what = control?.$case ?? `${room} ${seq} ${content.slice(0, 20)}`;
      throw new Error(`in place of ${room} ${next} comes ${what}`);
    }
    this.delivered += 1;
    this.#last.set(room, seq);
  }
}

/** The contents of a room's messages with these seqs, as `Coverage` checks them: 4,000 bytes each. */
export function covered(room: string, firstSeq: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    `${room} ${firstSeq + index} `.padEnd(4000, 'x'),
  );
}
