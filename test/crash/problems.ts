/** So many are kept word for word; one failure may have thousands of consequences. */
const keptMax = 40;

/** What was found that breaks the promise. */
export class Problems {
  readonly texts: string[] = [];
  count = 0;

  add(text: string): void {
    this.count += 1;
    if (this.texts.length < keptMax) this.texts.push(text);
  }
}
