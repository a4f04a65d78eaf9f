import type { Position } from '../../client/events.js';

/**
 * How far a room was read. Its numbers are those of all entries of the log; `silent` are those
 * that are known to have nothing to be read, as they are of changes or of removed messages.
 */
export interface Reading {
  /** All up to this number was read; what follows immediately is not silent. */
  readonly readSeq: number;
  /** The newest number that is known. */
  readonly headSeq: number;
  /** Between the two. */
  readonly silent: ReadonlySet<number>;
}

export function readingFrom(readSeq: number, headSeq: number): Reading {
  return { readSeq, headSeq: Math.max(readSeq, headSeq), silent: new Set() };
}

/** How many messages have not been read, at most: what is not known is taken for a message. */
export function unreadOf({ readSeq, headSeq, silent }: Reading): number {
  return headSeq - readSeq - silent.size;
}

/** With a head that is at least that number. */
export function withHead(reading: Reading, seq: number): Reading {
  return seq <= reading.headSeq ? reading : { ...reading, headSeq: seq };
}

/** With all messages read up to that number, and the changes that follow. */
export function withRead(reading: Reading, seq: number): Reading {
  return seq <= reading.readSeq ? reading : settled({ ...reading, readSeq: seq });
}

/** With numbers that have nothing to be read. */
export function withSilent(reading: Reading, seqs: readonly number[]): Reading {
  const { readSeq, silent } = reading;
  const found = seqs.filter((seq) => seq > readSeq && !silent.has(seq));
  if (found.length === 0) return reading;
  const headSeq = Math.max(reading.headSeq, ...found);
  return settled({ readSeq, headSeq, silent: new Set([...silent, ...found]) });
}

function settled({ readSeq, headSeq, silent }: Reading): Reading {
  let seq = readSeq;
  while (silent.has(seq + 1)) seq += 1;
  const left = [...silent].filter((one) => one > seq);
  return { readSeq: seq, headSeq: Math.max(headSeq, seq), silent: new Set(left) };
}

/** The last entry that was read on an earlier visit. */
export function readBefore(read: Position | undefined, epoch: string, headSeq: number): number {
  // Somebody who comes for the first time has missed nothing.
  if (read === undefined) return headSeq;
  return read.epoch === epoch ? Math.min(read.seq, headSeq) : 0;
}
