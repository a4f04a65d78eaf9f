import { open, type FileHandle } from 'node:fs/promises';
import { transcriptLine, type TranscriptMessage } from './line.js';

/** What waits to be written at most; more than that is left out, and said to be. */
const waitingCharsMax = 8 * 1024 * 1024;

const closeTimeoutMs = 1000;

/** Told when writing begins to fail, and when it works again. */
export type TranscriptReport = (problem: string | undefined) => void;

/**
 * A text file with one line per message, in a folder that exists. It is appended to,
 * across restarts, and written in the background: the chat never waits for it. While
 * it cannot be written, for want of space for instance, lines are left out; once it
 * can be again, a line in the file says how many.
 */
export class TranscriptFile {
  readonly #path: string;
  readonly #report: TranscriptReport;
  #file: FileHandle | undefined;
  #waiting = '';
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

  constructor(path: string, report: TranscriptReport) {
    this.#path = path;
    this.#report = report;
  }

  /** Adds a message; returns at once. */
  add(message: TranscriptMessage): void {
    const line = transcriptLine(message);
    if (this.#waiting.length + line.length > waitingCharsMax) {
      // What is lost here comes after what waits, and so does the word about it.
      if (this.#overflowedLines === 0) this.#report('it is written too slowly');
      this.#overflowedLines += 1;
      return;
    }
    if (this.#overflowedLines > 0) this.#waiting += missing(this.#overflowedLines);
    this.#waiting += line;
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

  async #writeAll(): Promise<void> {
    // Everything that comes in this turn of the event loop goes into one write.
    await new Promise(setImmediate);
    while (this.#waitingLines > 0) {
      const text = this.#waiting;
      const lines = this.#waitingLines;
      this.#waiting = '';
      this.#waitingLines = 0;
      await this.#write(text, lines);
    }
    this.#writing = undefined;
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
    const file = await open(this.#path, 'a+', 0o640);
    const { size } = await file.stat();
    if (size > 0) {
      const last = Buffer.alloc(1);
      await file.read(last, 0, 1, size - 1);
      this.#isMidLine = last[0] !== newline;
    } else this.#isMidLine = false;
    return file;
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

function missing(lines: number): string {
  return `(${lines} lines are missing here)\n`;
}

const newline = 0x0a;
