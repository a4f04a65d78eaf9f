/** One failure may have thousands of consequences: so many of a kind are kept word for word. */
const keptOfKindMax = 5;

const charsMax = 300;

/** What was found that breaks the promise. */
export class Problems {
  readonly texts: string[] = [];
  count = 0;
  readonly #kept = new Map<string, number>();

  add(text: string): void {
    this.count += 1;
    const kind = text.replaceAll(/\d+|ä+/g, '');
    const kept = (this.#kept.get(kind) ?? 0) + 1;
    this.#kept.set(kind, kept);
    if (kept <= keptOfKindMax) this.texts.push(text.slice(0, charsMax));
  }
}
