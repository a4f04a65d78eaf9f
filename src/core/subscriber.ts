import type { Form } from './form.js';

/** Somebody who is in a room, as far as the room knows it. */
export interface Subscriber {
  /** How it wants to be told; it is the same for as long as the subscriber is live. */
  readonly form: Form;
  /** What others see. */
  readonly name: string;
  /**
   * Sends bytes; it has all entries up to `seq` then. One that takes no more after that leaves
   * the live set, and reads on from there at its own pace.
   */
  deliver(bytes: Uint8Array, seq: number): void;
}

/** Those who are in a room. */
export interface Attendance {
  readonly name: string;
  readonly members: ReadonlySet<Subscriber>;
  readonly headSeq: number;
  isLive(subscriber: Subscriber): boolean;
}
