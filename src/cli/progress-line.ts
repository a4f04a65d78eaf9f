/** A line on a terminal's stderr that says how far something is; otherwise, nothing. */
export class ProgressLine {
  readonly #title: string;
  readonly #isShown: boolean;
  #text = '';

  constructor(title: string, isShown: boolean) {
    this.#title = title;
    this.#isShown = isShown;
  }

  /** `part` goes from 0 to 1. */
  show(part: number): void {
    const text = `${this.#title}: ${Math.floor(part * 100)}%`;
    if (!this.#isShown || text === this.#text) return;
    this.#text = text;
    process.stderr.write(`\r${text}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#text !== '') process.stderr.write('\r\x1b[K');
    this.#text = '';
  }
}
