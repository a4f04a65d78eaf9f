/** A listener per event: each event's name with its arguments. */
type EventArguments = Record<string, readonly unknown[]>;

/** Typed listeners, for Node and browsers alike. */
export class Listeners<Events extends EventArguments> {
  readonly #listeners = new Map<keyof Events, Set<(...args: never) => void>>();

  /** Has a function called with each event; returns a function that ends that. */
  on<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => void): () => void {
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) this.#listeners.set(name, (listeners = new Set()));
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      (listener as (...args: Events[Name]) => void)(...args);
    }
  }
}
