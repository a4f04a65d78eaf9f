import type { Entry, Storage, Stretch } from '../core/ports.js';

/** A kind of storage. Each is a folder beside this file, with a `storage.ts` that has it. */
export interface StorageKind {
  /** Opens what is in the folder, and creates what is missing. Rejects with a `StoreOpenError`. */
  open(options: StorageOptions): Promise<Storage>;
  /**
   * What a server keeps in a folder, for whoever does not serve it. Throws a `StoreOpenError` with
   * the code `notKept` when a server of this kind keeps nothing.
   */
  keptIn(folder: string): KeptData;
}

/** How a storage is opened; each kind uses what concerns it. */
export interface StorageOptions {
  /** The data folder. */
  readonly folder: string;
  /** What a storage may hold that is in memory. */
  readonly memoryBytesMax: number;
  /** How long `close` waits for a disk that takes nothing. */
  readonly closeTimeoutMs: number;
  /** Told what was found damaged, missing or left over, and is dealt with; the facts are for the log. */
  readonly onFinding: (problem: string, facts: object) => void;
  /**
   * Called when the storage is of no use any more, by no fault of the disk, before the open calls
   * reject: what became of the appends among them is unknown, so they never settle.
   */
  readonly onLost: (error: Error) => void;
}

/** What a server keeps in its folder. Another process may serve it meanwhile. */
export interface KeptData {
  /** Its name for people: the file. */
  readonly name: string;

  /**
   * Copies all of it to a new file and checks the copy. `onProgress` is told the part that is
   * done, from 0 to 1.
   *
   * The copy has all that was kept when the call began, and epochs of its own: whoever goes on from
   * it gives numbers that the original gives, too. It appears under its name when it is whole, and
   * nothing is left of it when it fails, as it also does when `onProgress` throws, or when the
   * process is killed. Rejects with that error, a `StoreError` or a `StoreOpenError`.
   */
  backUp(target: string, onProgress?: (part: number) => void): Promise<BackupFacts>;

  /**
   * Reads all messages that one room has now, oldest first and page by page; between pages,
   * nothing is held up. Throws a `StoreError` when there is no such room, and a `StoreOpenError`.
   */
  exportRoom(room: string): Iterable<ExportPage>;

  /**
   * Looks through all of it for damage: whether each room has got as far as was acknowledged, and
   * whether each message is there, and as it was written. Throws a `StoreOpenError`.
   */
  check(): Iterable<Checked>;
}

/** What a backup holds. */
export interface BackupFacts {
  readonly messages: number;
  readonly rooms: number;
  readonly bytes: number;
}

/** Some messages of a room, and how far its log went when the export began. */
export interface ExportPage {
  readonly entries: readonly Entry[];
  readonly headSeq: number;
  /** How many messages before these were removed while the export went on. */
  readonly expired: number;
  /** Messages before these that cannot be read any more. */
  readonly damaged: Stretch | undefined;
}

/** What a check comes across, in the order in which it looks. */
export type Checked =
  /** Something that is wrong with the data as a whole: a sentence. */
  | { readonly kind: 'problem'; readonly sentence: string }
  /** Something that is wrong with a room: a sentence. */
  | { readonly kind: 'room problem'; readonly room: string; readonly sentence: string }
  /** Messages of a room that cannot be read. */
  | { readonly kind: 'damaged'; readonly room: string; readonly stretch: Stretch }
  /** Messages of a room that are as they were written; `part` of all is done, from 0 to 1. */
  | { readonly kind: 'whole'; readonly messages: number; readonly part: number }
  /** A room was looked through. */
  | { readonly kind: 'room'; readonly room: string };
