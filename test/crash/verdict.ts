import type { Heard } from './bare-reader.js';
import { checkDatabase } from './database-check.js';
import { expectedFrom, type Expected, type ExpectedRoom } from './expected.js';
import type { Problems } from './problems.js';
import type { Record, RoomRecord } from './record.js';
import type { Sent } from './sent.js';
import { textOf } from './texts.js';

/** What there is to be judged. */
export interface Evidence {
  readonly sent: Sent;
  readonly records: readonly Record[];
  readonly heard: readonly Heard[];
}

/** Holds all that was said and heard, and the database that is left at `path`, against the acks. */
export function judge(path: string, { sent, records, heard }: Evidence, problems: Problems): void {
  const expected = expectedFrom(sent, problems);
  checkDatabase(path, expected, problems);
  for (const record of records) checkRecord(expected, record, problems);
  const seqs = seqsOfTexts(sent, 'lobby');
  const { entries = [] } = expected.rooms.get('lobby') ?? {};
  for (const one of heard) checkHeard(entries, seqs, one, problems);
}

/** A reader has all of its rooms as they are on disk, by what it was told, in its order. */
function checkRecord({ rooms }: Expected, record: Record, problems: Problems): void {
  for (const [room, told] of record.rooms) {
    const expected = rooms.get(room) ?? { entries: [], topic: undefined };
    const { length } = expected.entries;
    if (told.length !== length) {
      problems.add(`${record.who} has ${told.length} of ${length} entries of ${room}`);
    }
    const topic = expected.topic === undefined ? '' : textOf(expected.topic);
    if (told.topic !== topic) {
      problems.add(`${record.who} has the topic "${told.topic}" of ${room}, which is "${topic}"`);
    }
    checkTexts(expected, told, (problem) => problems.add(`${record.who} has ${room} ${problem}`));
  }
}

function checkTexts(
  { entries }: ExpectedRoom,
  { texts }: RoomRecord,
  add: (problem: string) => void,
): void {
  for (const [index, entry] of entries.entries()) {
    const seq = index + 1;
    if (texts.has(seq) !== entry?.isMessage) add(`${seq}, a message or not, the other way round`);
    else if (entry.isMessage && texts.get(seq) !== entry.text) {
      add(`${seq} with text ${texts.get(seq)}, and it is ${entry.text}`);
    }
  }
}

/** The messages of a room by the numbers of all texts that they ever had. */
function seqsOfTexts({ additions, seqs }: Sent, room: string): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const [number, addition] of additions.entries()) {
    if (addition.room !== room) continue;
    if (addition.kind === 'message') found.set(number, seqs[number]!);
    if (addition.kind === 'edit') found.set(number, seqs[addition.target!]!);
  }
  return found;
}

/** A bare session heard the messages of a part of the lobby without a hole that it was not told of. */
function checkHeard(
  entries: ExpectedRoom['entries'],
  seqs: ReadonlyMap<number, number>,
  heard: Heard,
  problems: Problems,
): void {
  let last: number | undefined;
  let skipped = 0;
  for (const one of heard) {
    if ('skipped' in one) {
      skipped += one.skipped;
      continue;
    }
    const seq = seqs.get(one.number);
    if (seq === undefined) {
      problems.add(`a bare session heard ${one.number}, which is no message of the lobby`);
      continue;
    }
    const between = last === undefined ? [] : entries.slice(last, seq - 1);
    // Whatever is no message, or was removed by then, it does not get.
    const missing = between.filter((entry) => entry?.isMessage && entry.text !== undefined).length;
    const isNext = last === undefined || (seq > last && missing <= skipped);
    if (!isNext || (last !== undefined && skipped > between.length)) {
      problems.add(`a bare session heard lobby ${seq} after ${last}, with ${skipped} skipped`);
    }
    last = seq;
    skipped = 0;
  }
}
