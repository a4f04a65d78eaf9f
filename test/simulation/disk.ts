import type {
  Append,
  Appended,
  Entry,
  HeldName,
  ListedRoom,
  LogState,
  NameRecord,
  Range,
  Retention,
  RoomList,
  RoomRange,
  Slice,
  Store,
  Stretch,
  Trimmed,
} from '../../src/core/ports.js';
import { MemoryStorage } from '../../src/store/memory/storage.js';
import type { Scheduler } from './scheduler.js';
import { Versions } from './versions.js';

/** How a disk behaves. */
export interface DiskWeather {
  readonly delayMsMax: number;
  /** The share of operations that fail. */
  readonly failures: number;
}

/** Texts that nobody is given any more. */
export interface GoneTexts {
  /** Of messages that were edited: only the entries of edits still have them. */
  readonly replaced: Set<string>;
  /** Of messages that were removed, and of their edits. */
  readonly removed: Set<string>;
}

/** What an append has done. */
interface Written {
  readonly results: readonly Appended[];
  /** The texts that are gone by it; see `GoneTexts`. */
  readonly replaced: readonly string[];
  readonly removed: readonly string[];
}

/**
 * What is on disk, with a record of all that was ever committed: the truth that readers
 * are held against. It survives the server.
 */
export class Disk {
  readonly #storage = new MemoryStorage(Infinity);
  readonly content = this.#storage.log;
  readonly rooms = this.#storage.rooms;
  readonly names = this.#storage.names;
  /** Every entry of every room as it was appended, by its seq - 1, also those that were removed. */
  readonly committed = new Map<string, Entry[]>();
  /** The numbers of those that cannot be read again, by their rooms. */
  readonly damaged = new Map<string, Set<number>>();
  readonly gone: GoneTexts = { replaced: new Set(), removed: new Set() };
  readonly #versions = new Map<string, Versions>();
  readonly #isDamaged: () => boolean;

  /** `isDamaged` says of each entry, when it is written, whether it can be read again. */
  constructor(isDamaged: () => boolean) {
    this.#isDamaged = isDamaged;
  }

  get epoch(): string {
    return this.content.epoch;
  }

  /** What the messages of a room have said. */
  versionsIn(room: string): Versions {
    let versions = this.#versions.get(room);
    if (versions === undefined) this.#versions.set(room, (versions = new Versions()));
    return versions;
  }

  async append(appends: readonly Append[]): Promise<Written> {
    const results = await this.content.append(appends);
    const replaced: string[] = [];
    const removed: string[] = [];
    for (const [index, { room, drafts }] of appends.entries()) {
      const { firstSeq, notAdded } = results[index]!;
      const entries = this.committed.get(room) ?? [];
      this.committed.set(room, entries);
      const others = new Set(notAdded.map((one) => one.index));
      const added = [...drafts].filter((_, place) => !others.has(place));
      for (const [place, { change, id, sender, content, sentAtMs }] of added.entries()) {
        const seq = firstSeq + place;
        const entry = { seq, change, id, sender, content, sentAtMs, editedAtMs: 0 };
        entries[seq - 1] = entry;
        const gone = this.versionsIn(room).add(entry);
        replaced.push(...gone.replaced);
        removed.push(...gone.removed);
        if (this.#isDamaged()) this.#damagedIn(room).add(seq);
      }
    }
    for (const text of replaced) this.gone.replaced.add(text);
    for (const text of removed) this.gone.removed.add(text);
    return { results, replaced, removed };
  }

  /** What is damaged comes first, and what can be read goes up to the next that is. */
  async read(room: string, range: Range): Promise<Slice> {
    const slice = await this.content.read(room, range);
    const isAfter = range.direction === 'after';
    const entries = isAfter ? slice.entries : slice.entries.toReversed();
    const isBad = ({ seq }: Entry): boolean => this.#damagedIn(room).has(seq);
    const first = entries.findIndex((entry) => !isBad(entry));
    const bad = first === -1 ? entries : entries.slice(0, first);
    if (bad.length === 0) return { ...slice, entries: upTo(slice.entries, isBad, isAfter) };
    // What follows may be damaged, too, and is read with another look.
    const next = await this.read(room, { ...range, seq: bad.at(-1)!.seq });
    const seqs = [...bad.map(({ seq }) => seq), ...seqsOf(next.damaged)];
    const damaged = { fromSeq: Math.min(...seqs), toSeq: Math.max(...seqs) };
    return { ...next, damaged };
  }

  #damagedIn(room: string): Set<number> {
    let damaged = this.damaged.get(room);
    if (damaged === undefined) this.damaged.set(room, (damaged = new Set()));
    return damaged;
  }
}

function upTo(
  entries: readonly Entry[],
  isBad: (entry: Entry) => boolean,
  isAfter: boolean,
): readonly Entry[] {
  const end = isAfter ? entries.findIndex(isBad) : entries.findLastIndex(isBad);
  if (end === -1) return entries;
  return isAfter ? entries.slice(0, end) : entries.slice(end + 1);
}

function seqsOf(stretch: Stretch | undefined): number[] {
  return stretch === undefined ? [] : [stretch.fromSeq, stretch.toSeq];
}

/**
 * A server's way to the disk: operations take their time and sometimes fail. What was not
 * committed when the server ends is lost; what was committed stays, told or not.
 */
export class DiskStore implements Store, RoomList, NameRecord {
  readonly #disk: Disk;
  readonly #scheduler: Scheduler;
  readonly #weather: () => DiskWeather;
  /** Operations happen one after another, in the order in which they were asked for. */
  #readyAtMs = 0;
  #isGone = false;
  /** The texts that its server knows to be gone. */
  readonly gone: GoneTexts;

  constructor(disk: Disk, scheduler: Scheduler, weather: () => DiskWeather) {
    const { replaced, removed } = disk.gone;
    this.gone = { replaced: new Set(replaced), removed: new Set(removed) };
    this.#disk = disk;
    this.#scheduler = scheduler;
    this.#weather = weather;
  }

  /** The server has crashed: nothing it has asked for happens any more. */
  crash(): void {
    this.#isGone = true;
  }

  async append(appends: readonly Append[]): Promise<readonly Appended[]> {
    const told = ({ replaced, removed }: Written): void => {
      for (const text of replaced) this.gone.replaced.add(text);
      for (const text of removed) this.gone.removed.add(text);
    };
    return (await this.#operate(async () => this.#disk.append(appends), told)).results;
  }

  async read(room: string, range: Range): Promise<Slice> {
    return await this.#operate(async () => this.#disk.read(room, range));
  }

  async state(room: string): Promise<LogState> {
    return await this.#operate(async () => this.#disk.content.state(room));
  }

  async probe(): Promise<void> {
    await this.#operate(async () => this.#disk.content.probe());
  }

  async list(range: RoomRange): Promise<readonly ListedRoom[]> {
    return await this.#operate(async () => this.#disk.content.rooms.list(range));
  }

  async names(): Promise<readonly HeldName[]> {
    return await this.#operate(async () => this.#disk.names.names());
  }

  async saveNames(names: readonly HeldName[]): Promise<void> {
    await this.#operate(async () => this.#disk.names.saveNames(names));
  }

  async trim(retention: Retention): Promise<Trimmed> {
    return await this.#operate(async () => this.#disk.content.trim(retention));
  }

  /** Does something, and calls `told` right before the server has the word of it. */
  async #operate<Result>(
    operation: () => Promise<Result>,
    told: (result: Result) => void = () => {},
  ): Promise<Result> {
    const scheduler = this.#scheduler;
    const { delayMsMax, failures } = this.#weather();
    const { random, nowMs } = scheduler;
    this.#readyAtMs = Math.max(this.#readyAtMs, nowMs) + random.integer(0, delayMsMax) + 0.001;
    return await new Promise((resolve, reject) => {
      scheduler.after(this.#readyAtMs - nowMs, () => {
        if (this.#isGone) return;
        if (random.chance(failures)) {
          reject(new Error('the disk has failed'));
          return;
        }
        void operation().then((result) => {
          // The word of it takes a while, too, and may come too late.
          scheduler.after(random.integer(0, delayMsMax), () => {
            if (this.#isGone) return;
            told(result);
            resolve(result);
          });
        });
      });
    });
  }
}
