/**
 * The file beside a database that knows how far each room has got. A log that has lost its
 * end looks like one that never went further: a write-ahead log ends for SQLite at the
 * first frame that is damaged, and a database that was put back is whole. This file is
 * neither of them, so it can tell (numbering.ts).
 *
 * A header, then one slot of 16 bytes per room, at the place that its id gives it:
 *
 *   header  "tcheads1", the database's id (16 bytes), the count of its starts (4), zeros, and
 *           at 60 the CRC-32 of all that
 *   slot    the newest number that was acknowledged (8), the room's id (4), and the CRC-32
 *           of these 12 bytes, begun with that of the database's id; zeros for none
 *
 * Numbers are big-endian. A slot is written after the commit, before anybody is told of it:
 * it is never above what was committed, and below it only by what nobody knows of. What was
 * written is with the operating system, which keeps it when the process is killed; it is on
 * disk a second later. When the power fails within this second, and the write-ahead log is
 * damaged besides, what is lost with both stays unseen.
 */
import { crc32 } from 'node:zlib';
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { StoreError } from '../errors.js';
import { syncFolder } from '../folder.js';

const magic = Buffer.from('tcheads1');
const headerBytes = 64;
const slotBytes = 16;
const idBytes = 16;
const startsAt = magic.length + idBytes;
const headerSumAt = headerBytes - 4;

/** The file grows by so many slots, a block of the file system. */
const slotsPerStep = 256;

/** No more rooms than that: the slots are kept in memory, too. */
const roomIdMax = 2 ** 27;

/** Slots so close together are written with one call. */
const joinedBytes = 4096;

const syncAfterMs = 1000;

/** What a slot says: the newest number of its room, 0 if it has none; or nothing, as it is damaged. */
export type Slot = number | 'damaged';

/** The heads of a database's rooms, as they were acknowledged last. */
export class HeadsFile {
  readonly #descriptor: number;
  readonly #seed: number;
  /** The whole file. */
  #image: Buffer;
  /** Offsets of the slots that are to be written. */
  readonly #noted = new Set<number>();
  #syncTimer: NodeJS.Timeout | undefined;

  private constructor(descriptor: number, image: Buffer) {
    this.#descriptor = descriptor;
    this.#image = image;
    this.#seed = seedOf(image);
  }

  /** The file at `path`, if it is there and belongs to that database; says so if it is not. */
  static open(
    path: string,
    databaseId: Buffer,
    mode: 'r' | 'r+' = 'r+',
  ): HeadsFile | 'missing' | 'foreign' {
    let image: Buffer;
    try {
      image = readFileSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
      throw error;
    }
    if (ownerOf(image)?.equals(databaseId) !== true) return 'foreign';
    const slotsEnd = image.length - ((image.length - headerBytes) % slotBytes);
    return new HeadsFile(openSync(path, mode), image.subarray(0, slotsEnd));
  }

  /** Makes the file anew; it is on disk, under its name, when this returns. */
  static create(
    path: string,
    databaseId: Buffer,
    heads: ReadonlyMap<number, number>,
    starts: number,
  ): HeadsFile {
    const image = Buffer.alloc(headerBytes);
    magic.copy(image);
    databaseId.copy(image, magic.length);
    const temporary = `${path}.tmp`;
    const descriptor = openSync(temporary, 'w', 0o600);
    try {
      const file = new HeadsFile(descriptor, image);
      file.setStarts(starts);
      for (const [roomId, headSeq] of heads) {
        file.reserve(roomId);
        file.note(roomId, headSeq);
      }
      file.write();
      fsyncSync(descriptor);
      renameSync(temporary, path);
      syncFolder(dirname(path));
      return file;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  get databaseId(): Buffer {
    return Buffer.from(this.#image.subarray(magic.length, startsAt));
  }

  /** How many times the database had been opened when it was served last. */
  get starts(): number {
    return this.#image.readUInt32BE(startsAt);
  }

  /** Throws the system's error when it cannot be written. */
  setStarts(starts: number): void {
    const image = this.#image;
    image.writeUInt32BE(starts, startsAt);
    image.writeUInt32BE(crc32(image.subarray(0, headerSumAt)), headerSumAt);
    writeAll(this.#descriptor, image, 0, headerBytes);
  }

  /** The ids of all rooms for which there is a place. */
  roomIds(): number[] {
    const places = (this.#image.length - headerBytes) / slotBytes;
    return Array.from({ length: Math.max(0, places - 1) }, (_, index) => index + 1);
  }

  slot(roomId: number): Slot {
    const at = offsetOf(roomId);
    return slotFrom(this.#image.subarray(at, at + slotBytes), roomId, this.#seed);
  }

  /**
   * Makes sure that a room has its place on the disk, before anything of it is committed: a
   * disk that is full refuses the room then, and not the word of what was committed. (File
   * systems that write each block to a new place, like btrfs, may refuse it later all the
   * same; see `write`.) Throws the system's error.
   */
  reserve(roomId: number): void {
    const image = this.#image;
    const at = offsetOf(roomId);
    if (at + slotBytes <= image.length) return;
    if (roomId > roomIdMax) throw new StoreError(`there are too many rooms: ${roomId}`);
    const end = offsetOf((Math.floor(roomId / slotsPerStep) + 1) * slotsPerStep);
    const grown = Buffer.alloc(end);
    image.copy(grown);
    writeAll(this.#descriptor, grown, image.length, end);
    // A place that is missing after a power failure must not look like one that was cut off.
    fdatasyncSync(this.#descriptor);
    this.#image = grown;
  }

  /** A room has got so far; `write` follows. */
  note(roomId: number, headSeq: number): void {
    const image = this.#image;
    const at = offsetOf(roomId);
    image.writeUInt32BE(Math.floor(headSeq / 2 ** 32), at);
    image.writeUInt32BE(headSeq % 2 ** 32, at + 4);
    image.writeUInt32BE(roomId, at + 8);
    image.writeUInt32BE(crc32(image.subarray(at, at + 12), this.#seed), at + 12);
    this.#noted.add(at);
  }

  /**
   * Writes what was noted, also what could not be written before. Throws the system's error;
   * what is noted stays so, and is written with the next call.
   */
  write(): void {
    if (this.#noted.size === 0) return;
    for (const [start, end] of spansOf(this.#noted)) {
      writeAll(this.#descriptor, this.#image, start, end);
    }
    this.#noted.clear();
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined;
      // If that fails, the disk says so to the database, too.
      fdatasync(this.#descriptor, () => {});
    }, syncAfterMs).unref();
  }

  close(): void {
    clearTimeout(this.#syncTimer);
    try {
      fdatasyncSync(this.#descriptor);
    } finally {
      closeSync(this.#descriptor);
    }
  }
}

/** Looks up single heads in a file that another thread writes. */
export class HeadsLookup {
  readonly #descriptor: number;
  readonly #seed: number;
  readonly #slot = Buffer.alloc(slotBytes);

  /** Throws the system's error. */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
    const header = Buffer.alloc(headerBytes);
    readSync(this.#descriptor, header, 0, headerBytes, 0);
    this.#seed = seedOf(header);
  }

  /** What was acknowledged before this was called; `damaged` where it cannot be told. */
  slot(roomId: number): Slot {
    const count = readSync(this.#descriptor, this.#slot, 0, slotBytes, offsetOf(roomId));
    return slotFrom(this.#slot.subarray(0, count), roomId, this.#seed);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** The file's name beside a database. */
export function headsPathOf(databasePath: string): string {
  return `${databasePath}.heads`;
}

/** The id of the database to which the file at `path` belongs; undefined when it does not say so. */
export function ownerOfHeads(path: string): Buffer | undefined {
  return existsSync(path) ? ownerOf(readFileSync(path)) : undefined;
}

function ownerOf(image: Buffer): Buffer | undefined {
  const isWhole =
    image.length >= headerBytes &&
    image.subarray(0, magic.length).equals(magic) &&
    image.readUInt32BE(headerSumAt) === crc32(image.subarray(0, headerSumAt));
  return isWhole ? image.subarray(magic.length, startsAt) : undefined;
}

function seedOf(header: Buffer): number {
  return crc32(header.subarray(magic.length, startsAt));
}

function slotFrom(slot: Buffer, roomId: number, seed: number): Slot {
  if (slot.length < slotBytes) return 'damaged';
  if (slot.equals(noSlot)) return 0;
  const isWhole =
    slot.readUInt32BE(8) === roomId && slot.readUInt32BE(12) === crc32(slot.subarray(0, 12), seed);
  if (!isWhole) return 'damaged';
  return slot.readUInt32BE(0) * 2 ** 32 + slot.readUInt32BE(4);
}

const noSlot = Buffer.alloc(slotBytes);

function offsetOf(roomId: number): number {
  return headerBytes + roomId * slotBytes;
}

/** Stretches of the file with all slots that begin at these offsets, and few others. */
function spansOf(offsets: ReadonlySet<number>): Array<readonly [start: number, end: number]> {
  const spans: Array<[number, number]> = [];
  const sorted = offsets.size === 1 ? [...offsets] : [...offsets].sort((a, b) => a - b);
  for (const start of sorted) {
    const last = spans.at(-1);
    if (last !== undefined && start - last[1] < joinedBytes) last[1] = start + slotBytes;
    else spans.push([start, start + slotBytes]);
  }
  return spans;
}

function writeAll(descriptor: number, bytes: Buffer, start: number, end: number): void {
  for (let at = start; at < end;) at += writeSync(descriptor, bytes, at, end - at, at);
}
