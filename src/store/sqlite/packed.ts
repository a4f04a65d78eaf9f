/**
 * What crosses between the threads, as flat lists: they are copied in half the time
 * that lists of objects take, and in a third of it on the sending side.
 */
import type {
  Append,
  Appended,
  Change,
  Entry,
  LogState,
  NotAdded,
  Refused,
  Slice,
  Speaker,
  Stretch,
} from '../../core/ports.js';

/** The argument of `Store.append`. */
export interface PackedAppends {
  readonly rooms: readonly string[];
  /** How many drafts each room gets. */
  readonly counts: readonly number[];
  readonly ids: readonly string[];
  /**
   * Who has sent them: of each that has sent several in a row the author, the sender, and the
   * place among all drafts of the first that is another one's.
   */
  readonly speakers: ReadonlyArray<string | number>;
  /** The contents, one after the other, as UTF-8. */
  readonly texts: Uint8Array;
  /** Where each ends. */
  readonly ends: readonly number[];
  readonly timesMs: readonly number[];
  /**
   * Of each draft that is a change its place among all drafts, its kind (the place in `changeKinds`)
   * and its target, 0 for none. Undefined when all drafts are messages.
   */
  readonly changes: readonly number[] | undefined;
}

/** The result of `Store.append`. */
export interface PackedAppended {
  readonly firstSeqs: readonly number[];
  /**
   * Of each draft that was not added the index of its append, its own, its kind (the place in
   * `notAddedKinds`), and the seq and sentAtMs of `Repeated`, 0 for others.
   */
  readonly notAdded: readonly number[];
}

/** The result of `Store.read`. */
export interface PackedSlice extends LogState {
  readonly damaged: Stretch | undefined;
  /** Of each entry its id, sender and content. */
  readonly texts: readonly string[];
  readonly timesMs: readonly number[];
  /** The seq of the first entry; the others follow without a gap. */
  readonly firstSeq: number;
  /**
   * Of each entry that is a change, or that was edited, its index, its kind (the place in
   * `changeKinds`, -1 for a message), its target, 0 for none, and its editedAtMs. Undefined when all
   * are messages that were never edited.
   */
  readonly marks: readonly number[] | undefined;
}

export const changeKinds = ['edit', 'removal', 'topic'] as const;

/** The kinds of `NotAdded`: the first two are `Repeated`, with `isSame` or without. */
export type NotAddedKind = 'same' | 'other' | Refused['kind'];
export const notAddedKinds: readonly NotAddedKind[] = [
  'same',
  'other',
  'missing',
  'removed',
  'foreign',
  'limit',
];

export const valuesPerSpeaker = 3;
export const numbersPerChange = 3;
const textsPerEntry = 3;
const numbersPerNotAdded = 5;
const numbersPerMark = 4;

export function packAppends(appends: readonly Append[]): PackedAppends {
  const rooms: string[] = [];
  const counts: number[] = [];
  const ids: string[] = [];
  const speakers: Array<string | number> = [];
  const ends: number[] = [];
  const timesMs: number[] = [];
  let changes: number[] | undefined;
  let textBytes = 0;
  for (const { drafts } of appends) textBytes += drafts.textBytes;
  const texts = new Uint8Array(textBytes);
  let speaker: Speaker | undefined;
  for (const { room, drafts } of appends) {
    rooms.push(room);
    counts.push(drafts.length);
    for (const [index, change] of drafts.changes ?? []) {
      changes ??= [];
      changes.push(ids.length + index, changeKinds.indexOf(change.kind), targetOf(change));
    }
    const start = ends.at(-1) ?? 0;
    texts.set(drafts.texts.subarray(0, drafts.textBytes), start);
    for (let index = 0; index < drafts.length; index += 1) {
      const said = drafts.speakers[index]!;
      if (said !== speaker) {
        if (speaker !== undefined) speakers.push(ids.length);
        speakers.push(said.author, said.sender);
        speaker = said;
      }
      ids.push(drafts.ids[index]!);
      timesMs.push(drafts.timesMs[index]!);
      ends.push(start + drafts.ends[index]!);
    }
  }
  speakers.push(ids.length);
  return { rooms, counts, ids, speakers, texts, ends, timesMs, changes };
}

export function unpackAppended({ firstSeqs, notAdded }: PackedAppended): readonly Appended[] {
  const lists = firstSeqs.map((): NotAdded[] => []);
  for (let at = 0; at < notAdded.length; at += numbersPerNotAdded) {
    const index = notAdded[at + 1]!;
    const kind = notAddedKinds[notAdded[at + 2]!]!;
    const list = lists[notAdded[at]!]!;
    if (kind === 'same' || kind === 'other') {
      const [seq, sentAtMs] = [notAdded[at + 3]!, notAdded[at + 4]!];
      list.push({ index, kind: 'repeated', seq, sentAtMs, isSame: kind === 'same' });
    } else list.push({ index, kind });
  }
  return firstSeqs.map((firstSeq, index) => ({ firstSeq, notAdded: lists[index]! }));
}

export function unpackSlice(packed: PackedSlice): Slice {
  const { epoch, headSeq, tailSeq, topic, damaged, texts, timesMs, firstSeq, marks } = packed;
  const entries: Entry[] = [];
  let mark = 0;
  for (let index = 0; index < timesMs.length; index += 1) {
    const at = index * textsPerEntry;
    const isMarked = marks !== undefined && marks[mark] === index;
    entries.push({
      seq: firstSeq + index,
      change: isMarked ? changeOf(marks[mark + 1]!, marks[mark + 2]!) : undefined,
      id: texts[at]!,
      sender: texts[at + 1]!,
      content: texts[at + 2]!,
      sentAtMs: timesMs[index]!,
      editedAtMs: isMarked ? marks[mark + 3]! : 0,
    });
    if (isMarked) mark += numbersPerMark;
  }
  return { epoch, headSeq, tailSeq, topic, entries, damaged };
}

function targetOf(change: Change): number {
  return change.kind === 'topic' ? 0 : change.targetSeq;
}

function changeOf(place: number, targetSeq: number): Change | undefined {
  const kind = changeKinds[place];
  if (kind === undefined) return undefined;
  return kind === 'topic' ? { kind } : { kind, targetSeq };
}
