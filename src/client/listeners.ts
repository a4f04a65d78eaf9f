/**
 * Typed listeners, for Node and browsers alike: the events' names with their arguments.
 * Every listener is told all events in the order in which they happened, also those that
 * another listener has caused.
 */
export class Listeners<Events extends { [Name in keyof Events]: readonly unknown[] }> {
  readonly #listeners = new Map<keyof Events, Set<(...args: never) => void>>();
  /** Whether what happens now is told later: after what is just being told, or held. */
  #isLater = false;
  readonly #later: Array<() => void> = [];

  /** Has a function called with each event; returns a function that ends that. */
  on<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => void): () => void {
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) this.#listeners.set(name, (listeners = new Set()));
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Keeps events until `release`, for listeners that could not be added yet. */
  hold(): void {
    this.#isLater = true;
  }

  /** Tells what was held, and everything from now on. */
  release(): void {
    for (let index = 0; index < this.#later.length; index += 1) this.#later[index]!();
    this.#later.length = 0;
    this.#isLater = false;
  }

  /** Calls the listeners. What one of them throws goes uncaught, but hinders nobody here. */
  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void {
    if (this.#isLater) {
      this.#later.push(() => this.#tell(name, args));
    } else {
      this.#isLater = true;
      this.#tell(name, args);
      this.release();
    }
  }

  /** Calls back after what has happened so far; it must not throw. */
  inOrder<Value>(callback: (value: Value) => void, value: Value): void {
    if (this.#isLater) this.#later.push(() => callback(value));
    else callback(value);
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
