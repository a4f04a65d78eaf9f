/**
 * Time and chance, as a client needs them. They are handed in, so that a simulation can
 * run the real client at its own time; nothing else in this folder measures time, waits
 * or draws a number.
 */
export interface ClientEnvironment {
  /** Calls back after that long; returns a function that prevents it. */
  after(delayMs: number, callback: () => void): () => void;
  /** Milliseconds that only ever grow, for measuring durations. */
  monotonicMs(): number;
  /** A number from 0 to before 1. Ids are made of these, so they should not repeat elsewhere. */
  random(): number;
}

/** The time and chance of Node or a browser. */
export const platformEnvironment: ClientEnvironment = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  monotonicMs: () => performance.now(),
  random: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
};

/** Sixteen characters that come nowhere else. */
export function randomHex(environment: ClientEnvironment): string {
  const part = (): string => {
    const number = Math.floor(environment.random() * 2 ** 32);
    return number.toString(16).padStart(8, '0');
  };
  return part() + part();
}
