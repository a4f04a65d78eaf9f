import type { Problems } from './problems.js';
import type { Addition, Sent } from './sent.js';

/** An entry as it has to be in the end, with all changes made. */
export interface ExpectedEntry {
  readonly sender: string;
  /** What its column `change` says; null for a message that is there. */
  change: string | null;
  readonly targetSeq: number | null;
  /** Whether it is a message, or was one. */
  readonly isMessage: boolean;
  /** The number of the text that it has; undefined for none. */
  text: number | undefined;
}

/** One room as it has to be in the end. */
export interface ExpectedRoom {
  /** That with seq 1, and so on. */
  readonly entries: Array<ExpectedEntry | undefined>;
  /** The number of the topic's text; undefined for none. */
  topic: number | undefined;
}

/** What follows from all acks together: the rooms, and the texts that were removed. */
export interface Expected {
  readonly rooms: ReadonlyMap<string, ExpectedRoom>;
  readonly removed: ReadonlySet<number>;
}

export function expectedFrom(sent: Sent, problems: Problems): Expected {
  const rooms = new Map<string, ExpectedRoom>();
  const numbers = new Map<string, number[]>();
  for (const [number, seq] of sent.seqs.entries()) {
    const { room, kind } = sent.additions[number]!;
    if (seq === 0) {
      problems.add(`number ${number}, ${kind}, to ${room} was never acked`);
      continue;
    }
    const others = numbers.get(room) ?? [];
    numbers.set(room, others);
    const other = others[seq - 1];
    if (other !== undefined) problems.add(`${room} ${seq} is both ${other} and ${number}`);
    others[seq - 1] = number;
  }
  const removed = new Set<number>();
  for (const [room, ofRoom] of numbers) {
    const expected: ExpectedRoom = { entries: [], topic: undefined };
    rooms.set(room, expected);
    for (const number of ofRoom) {
      if (number === undefined) expected.entries.push(undefined);
      else make(expected, number, sent.additions[number]!, sent, removed);
    }
  }
  return { rooms, removed };
}

/** Adds the next entry to a room, and does what it says. */
function make(
  room: ExpectedRoom,
  number: number,
  { kind, sender, target }: Addition,
  sent: Sent,
  removed: Set<number>,
): void {
  const isMessage = kind === 'message';
  const targetSeq = target === undefined ? null : sent.seqs[target]!;
  const change = isMessage ? null : kind;
  const text = kind === 'removal' ? undefined : number;
  room.entries.push({ sender, change, targetSeq, isMessage, text });
  if (kind === 'topic') room.topic = number;
  const message = targetSeq === null ? undefined : room.entries[targetSeq - 1];
  if (message === undefined || targetSeq === null) return;
  if (kind === 'edit') message.text = number;
  if (kind !== 'removal') return;
  removed.add(target!);
  message.change = 'removal';
  for (const entry of [message, ...room.entries]) {
    if (entry !== message && !(entry?.change === 'edit' && entry.targetSeq === targetSeq)) continue;
    if (entry.text !== undefined) removed.add(entry.text);
    entry.change = 'removal';
    entry.text = undefined;
  }
}
