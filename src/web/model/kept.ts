/** Where the page keeps something: what `localStorage` offers of it. */
export interface KeptIn {
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
}

/**
 * A value that outlives the page. Where nothing can be kept, because the browser does not
 * allow it or has no room, it is as at the first time on every visit, and nothing else
 * is different.
 */
export class Kept<Value> {
  /** Under which it is in the storage. */
  readonly key: string;
  readonly #storage: KeptIn | undefined;
  readonly #read: (json: unknown) => Value;

  /** `read` makes the value of whatever JSON there is, also of what another version has left. */
  constructor(storage: KeptIn | undefined, key: string, read: (json: unknown) => Value) {
    this.#storage = storage;
    this.key = `tcp-chat.${key}`;
    this.#read = read;
  }

  read(): Value {
    try {
      return this.#read(JSON.parse(this.#storage?.getItem(this.key) ?? 'null'));
    } catch {
      return this.#read(null);
    }
  }

  write(value: Value): void {
    try {
      this.#storage?.setItem(this.key, JSON.stringify(value ?? null));
    } catch {
      // There is nothing to be done about it, and the page works without.
    }
  }

  /** Writes what becomes of the value that is there now, which another tab may have written. */
  update(change: (before: Value) => Value): void {
    this.write(change(this.read()));
  }
}
