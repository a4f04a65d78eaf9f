import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FileSlots } from './file-slots.js';
import type { TranscriptMessage } from './line.js';
import { TranscriptFile, waitingCharsMax, type TranscriptOptions } from './transcript-file.js';
import { WaitingText } from './waiting-text.js';

/** How much the transcripts of all rooms may take together. */
export interface TranscriptLimits {
  /** Files that are open at a time, of a process that has other uses for its handles. */
  readonly openMax: number;
  /** What waits to be written; more than that is left out, and said to be. */
  readonly waitingCharsMax: number;
}

const defaultLimits: TranscriptLimits = { openMax: 64, waitingCharsMax };

/** The transcripts of all rooms: one file each, named like the room, in one folder. */
export class RoomTranscripts {
  readonly #folder: string;
  readonly #report: (path: string, problem: string | undefined) => void;
  readonly #options: TranscriptOptions;
  readonly #files = new Map<string, TranscriptFile>();

  /**
   * Makes the folder, and throws the system's error if it cannot; a link to a folder is one,
   * too. `report` is told when a file cannot be written any more, and when it can be again.
   */
  constructor(
    folder: string,
    report: (path: string, problem: string | undefined) => void,
    limits: Partial<TranscriptLimits> = {},
  ) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#report = report;
    const { openMax, waitingCharsMax: charsMax } = { ...defaultLimits, ...limits };
    this.#options = {
      slots: new FileSlots(openMax),
      waitingText: new WaitingText(charsMax),
      isPlain: true,
    };
  }

  /** Adds a message to a room's file; `room` is a valid room name, and so a safe file name. */
  add(room: string, message: TranscriptMessage): void {
    let file = this.#files.get(room);
    if (file === undefined) {
      const path = join(this.#folder, `${room}.txt`);
      file = new TranscriptFile(path, (problem) => this.#report(path, problem), this.#options);
      this.#files.set(room, file);
    }
    file.add(message);
  }

  /** Closes a room's file when all is written, as nothing is expected for it now. */
  rest(room: string): void {
    const file = this.#files.get(room);
    if (file === undefined) return;
    void file.rest().then((isClosed) => {
      if (isClosed && this.#files.get(room) === file) this.#files.delete(room);
    });
  }

  /** Opens all files anew, after they were moved away. */
  reopen(): void {
    for (const file of this.#files.values()) file.reopen();
  }

  /** Writes what waits and closes the files. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#files.values(), (file) => file.close()));
  }
}
