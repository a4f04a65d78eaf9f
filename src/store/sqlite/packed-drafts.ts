import { readUtf8 } from '../../protocol/utf8.js';
import { changeKinds, numbersPerChange, valuesPerSpeaker, type PackedAppends } from './packed.js';

/** The drafts of packed appends, one after another, without an object for each. */
export class PackedDrafts {
  id = '';
  author = '';
  sender = '';
  content = '';
  sentAtMs = 0;
  /** Undefined for a message. */
  change: (typeof changeKinds)[number] | undefined;
  /** Of a change that has a target. */
  targetSeq = 0;
  readonly #packed: PackedAppends;
  /** All texts, where a place in them is the same in bytes and in characters. */
  readonly #ascii: string | undefined;
  #speaker = -valuesPerSpeaker;
  #speakerEnd = 0;
  #change = 0;

  constructor(packed: PackedAppends) {
    this.#packed = packed;
    const { texts } = packed;
    const all = readUtf8(texts, 0, texts.length);
    if (all.length === texts.length) this.#ascii = all;
  }

  /** The fields are those of the draft at this place from now on: the first one, or the next. */
  goTo(place: number): void {
    const { ids, speakers, ends, texts, timesMs, changes } = this.#packed;
    if (place === this.#speakerEnd) {
      this.#speaker += valuesPerSpeaker;
      this.author = speakers[this.#speaker] as string;
      this.sender = speakers[this.#speaker + 1] as string;
      this.#speakerEnd = speakers[this.#speaker + 2] as number;
    }
    const start = place === 0 ? 0 : ends[place - 1]!;
    const end = ends[place]!;
    this.content = this.#ascii?.slice(start, end) ?? readUtf8(texts, start, end);
    this.id = ids[place]!;
    this.sentAtMs = timesMs[place]!;
    this.change = undefined;
    if (changes === undefined || changes[this.#change] !== place) return;
    this.change = changeKinds[changes[this.#change + 1]!]!;
    this.targetSeq = changes[this.#change + 2]!;
    this.#change += numbersPerChange;
  }
}
