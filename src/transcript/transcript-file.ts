import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { FileSlots, type SlotHolder } from './file-slots.js';
import { transcriptLine, type TranscriptMessage } from './line.js';
import { WaitingText } from './waiting-text.js';

const closeTimeoutMs = 1000;

/** Told when writing begins to fail, and when it works again. */
export type TranscriptReport = (problem: string | undefined) => void;

/** How a transcript is opened and kept; several share their slots and the text that may wait. */
export interface TranscriptOptions {
  readonly slots: FileSlots;
  readonly waitingText: WaitingText;
  /**
   * Whether links, pipes and devices are refused. In a folder to which others can write, a link
   * would have the server write wherever they like.
   */
  readonly isPlain: boolean;
}

/** What waits to be written at most, to all files together. */
export const waitingCharsMax = 8 * 1024 * 1024;

/** For one file that somebody has named, whatever it is. */
const namedFile = (): TranscriptOptions => ({
  slots: new FileSlots(1),
  waitingText: new WaitingText(waitingCharsMax),
  isPlain: false,
});

/**
 * A text file with one line per message, in a folder that exists. It is appended to,
 * across restarts, and written in the background: the chat never waits for it. While
 * it cannot be written, for want of space for instance, or more waits than may, lines are
 * left out; once it can be again, a line in the file says how many.
 */
export class TranscriptFile implements SlotHolder {
  readonly #path: string;
  readonly #report: TranscriptReport;
  readonly #slots: FileSlots;
  readonly #waitingText: WaitingText;
  readonly #isPlain: boolean;
  /** While there is one, this holds a slot. */
  #file: FileHandle | undefined;
  #waiting = '';
  /** The end of the last file that was closed. */
  #closing: Promise<void> | undefined;
  /** Lines that waiting text stands for, those among them that a notice says are missing. */
  #waitingLines = 0;
  #overflowedLines = 0;
  /** Lost by writes that failed. */
  #lostLines = 0;
  #isFailing = false;
  #isReopening = false;
  /** Whether the file ends in the middle of a line, after a crash or a failed write. */
  #isMidLine = false;
  #writing: Promise<void> | undefined;

  constructor(path: string, report: TranscriptReport, options: TranscriptOptions = namedFile()) {
    this.#path = path;
    this.#report = report;
    this.#slots = options.slots;
    this.#waitingText = options.waitingText;
    this.#isPlain = options.isPlain;
  }

  /** Adds a message; returns at once. */
  add(message: TranscriptMessage): void {
    const notice = this.#overflowedLines > 0 ? missing(this.#overflowedLines) : '';
    const text = notice + transcriptLine(message);
    if (!this.#waitingText.add(text)) {
      // What is lost here comes after what waits, and so does the word about it.
      if (this.#overflowedLines === 0) this.#report('it is written too slowly');
      this.#overflowedLines += 1;
      return;
    }
    this.#waiting += text;
    this.#waitingLines += 1 + this.#overflowedLines;
    this.#overflowedLines = 0;
    this.#writing ??= this.#writeAll();
  }

  /**
   * Closes the file when what waits is written, until there is more. Settles with
   * whether nothing has been added meanwhile.
   */
  async rest(): Promise<boolean> {
    await this.#writing;
    if (this.#writing !== undefined) return false;
    // Before the next line, which opens the file again, can come.
    const closing = this.#closeFile();
    const isIdle = this.#lostLines + this.#overflowedLines === 0;
    await closing.catch((error: Error) => this.#report(error.message));
    return isIdle && this.#writing === undefined;
  }

  /** Opens the file anew with the next line, after it was moved away (logrotate). */
  reopen(): void {
    this.#isReopening = true;
    if (this.#writing !== undefined) return;
    // Now, so that what was moved away can be removed.
    this.#closeFile().catch((error: Error) => this.#report(error.message));
  }

  /**
   * Writes what waits and closes the file. It waits for a file that takes nothing, on
   * a disk that is gone perhaps, no longer than a second.
   */
  async close(): Promise<void> {
    const closing = (this.#writing ?? Promise.resolve()).then(() => this.#closeFile());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeTimeoutMs);
    });
    await Promise.race([closing, late])
      .catch((error: Error) => this.#report(error.message))
      .finally(() => clearTimeout(timer));
  }

  async yieldSlot(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#closing = file?.close();
    await this.#closing?.catch((error: Error) => this.#report(error.message));
  }

  async #writeAll(): Promise<void> {
    this.#slots.busy(this);
    // Everything that comes in this turn of the event loop goes into one write.
    await new Promise(setImmediate);
    while (this.#waitingLines > 0) {
      const text = this.#waiting;
      const lines = this.#waitingLines;
      this.#waiting = '';
      this.#waitingLines = 0;
      await this.#write(text, lines);
      this.#waitingText.remove(text);
      if (this.#slots.isWanted) await this.#closeFile().catch(() => {});
    }
    this.#writing = undefined;
    if (this.#file !== undefined) this.#slots.idle(this);
  }

  async #write(text: string, lines: number): Promise<void> {
    const lostBefore = this.#lostLines;
    try {
      if (this.#isReopening) await this.#closeFile();
      this.#isReopening = false;
      this.#file ??= await this.#open();
      const start = this.#isMidLine ? '\n' : '';
      const notice = lostBefore > 0 ? missing(lostBefore) : '';
      await this.#writeBytes(this.#file, Buffer.from(start + notice + text));
    } catch (error) {
      this.#lostLines += lines;
      if (!this.#isFailing) this.#report((error as Error).message);
      this.#isFailing = true;
      return;
    }
    this.#lostLines -= lostBefore;
    if (this.#isFailing) this.#report(undefined);
    this.#isFailing = false;
  }

  async #writeBytes(file: FileHandle, bytes: Buffer): Promise<void> {
    let position = 0;
    while (position < bytes.length) {
      // A disk that fills up takes a part first and refuses the rest next time.
      const { bytesWritten } = await file.write(bytes, position);
      position += bytesWritten;
      this.#isMidLine = bytes[position - 1] !== newline;
    }
  }

  async #open(): Promise<FileHandle> {
    await this.#slots.take();
    try {
      return await this.#opened();
    } catch (error) {
      this.#slots.giveBack();
      throw error;
    }
  }

  async #opened(): Promise<FileHandle> {
    const flags = this.#isPlain ? plainFlags : anyFlags;
    const file = await open(this.#path, flags, 0o640).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ELOOP'
        ? new Error('it is a symbolic link, which is not followed')
        : error;
    });
    try {
      const stats = await file.stat();
      if (this.#isPlain && !stats.isFile()) throw new Error('it is not a regular file');
      this.#isMidLine = stats.size > 0 && !(await isLineEnd(file, stats.size - 1));
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    if (file === undefined) {
      // Whoever closed it is told what was wrong.
      await this.#closing?.catch(() => {});
      return;
    }
    this.#file = undefined;
    this.#slots.busy(this);
    this.#closing = file.close().finally(() => this.#slots.giveBack());
    await this.#closing;
  }
}

/** To be read and appended to. */
const anyFlags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND;

/** A link is not followed, and a pipe holds nobody up. Windows has neither flag. */
const plainFlags = anyFlags | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

async function isLineEnd(file: FileHandle, position: number): Promise<boolean> {
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, position);
  return byte[0] === newline;
}

function missing(lines: number): string {
  return `(${lines} ${lines === 1 ? 'line is' : 'lines are'} missing here)\n`;
}

const newline = 0x0a;
