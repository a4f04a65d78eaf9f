/** Typed listeners, for Node and browsers alike: the events' names with their arguments. */
export class Listeners<Events extends { [Name in keyof Events]: readonly unknown[] }> {
  readonly #listeners = new Map<keyof Events, Set<(...args: never) => void>>();
  /** What is to be told later; undefined when everything is told at once. */
  #held: Array<() => void> | undefined;

  /** Has a function called with each event; returns a function that ends that. */
  on<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => void): () => void {
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) this.#listeners.set(name, (listeners = new Set()));
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Keeps events until `release`, for listeners that could not be added yet. */
  hold(): void {
    this.#held ??= [];
  }

  /** Tells what was held, and everything from now on. */
  release(): void {
    // What happens meanwhile is told behind it.
    for (const tell of this.#held ?? []) tell();
    this.#held = undefined;
  }

  /** Calls the listeners. What one of them throws goes uncaught, but hinders nobody here. */
  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void {
    if (this.#held === undefined) this.#tell(name, args);
    else this.#held.push(() => this.#tell(name, args));
  }

  /** Calls back behind what was told so far. */
  inOrder<Value>(callback: (value: Value) => void, value: Value): void {
    if (this.#held === undefined) callback(value);
    else this.#held.push(() => callback(value));
  }

  #tell<Name extends keyof Events>(name: Name, args: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        (listener as (...args: Events[Name]) => void)(...args);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
