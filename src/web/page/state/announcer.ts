import { signal, type ReadonlySignal } from '@preact/signals';

/** Something to be said once. */
export interface Announcement {
  readonly key: number;
  readonly text: string;
}

/** How long a notice stays: enough to be read twice. */
const noticeMs = 8000;

/** As much as a screen reader is given time for; the rest is in the room. */
const spokenMax = 5;

/** Says what happens: to screen readers, and in notices that go away by themselves. */
export class Announcer {
  readonly #spoken = signal<readonly Announcement[]>([]);
  readonly #notices = signal<readonly Announcement[]>([]);
  #keysEver = 0;

  /** The last things that were said to screen readers alone. */
  get spoken(): ReadonlySignal<readonly Announcement[]> {
    return this.#spoken;
  }

  /** What is to be seen now, and heard. */
  get notices(): ReadonlySignal<readonly Announcement[]> {
    return this.#notices;
  }

  /** For those who do not see it where it is drawn. */
  speak(text: string): void {
    this.#spoken.value = [...this.#spoken.value, this.#announcement(text)].slice(-spokenMax);
  }

  /** For everybody. */
  notice(text: string): void {
    const notice = this.#announcement(text);
    this.#notices.value = [...this.#notices.value, notice];
    setTimeout(() => this.dismiss(notice), noticeMs);
  }

  dismiss(notice: Announcement): void {
    this.#notices.value = this.#notices.value.filter((one) => one !== notice);
  }

  #announcement(text: string): Announcement {
    this.#keysEver += 1;
    return { key: this.#keysEver, text };
  }
}
