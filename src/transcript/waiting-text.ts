/** How much text waits to be written, to all files together, and how much may. */
export class WaitingText {
  readonly #charsMax: number;
  #chars = 0;

  constructor(charsMax: number) {
    this.#charsMax = charsMax;
  }

  /** Counts text that is going to wait, or returns false when there is too much already. */
  add(text: string): boolean {
    if (this.#chars + text.length > this.#charsMax) return false;
    this.#chars += text.length;
    return true;
  }

  /** This text was written, or given up. */
  remove(text: string): void {
    this.#chars -= text.length;
  }
}
