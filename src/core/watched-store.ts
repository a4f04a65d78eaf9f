import type {
  Append,
  Appended,
  LogState,
  Observer,
  Range,
  Retention,
  Slice,
  Store,
  Trimmed,
} from './ports.js';
import { Stretches } from './stretches.js';

/** Damage is remembered of so many rooms. */
const roomsMax = 1000;

/** A read that has failed, to be tried again. */
interface FailedRead {
  readonly key: string;
  readonly again: () => Promise<unknown>;
}

/**
 * A store whose reads are looked at as they pass: whoever reads, the observer hears of the
 * first that fails and of the end of it, and of each damaged message once.
 */
export class WatchedStore implements Store {
  readonly #store: Store;
  readonly #observer: Observer;
  /** The first read that has failed and has not succeeded since. */
  #failed: FailedRead | undefined;
  readonly #damaged = new Map<string, Stretches>();

  constructor(store: Store, observer: Observer) {
    this.#store = store;
    this.#observer = observer;
  }

  /** What is wrong with reading: a sentence for everybody; undefined when nothing is known. */
  get problem(): string | undefined {
    if (this.#failed !== undefined) return 'messages cannot be read at the moment';
    const isDamaged = Array.from(this.#damaged.values()).some(({ count }) => count > 0);
    return isDamaged ? 'some messages cannot be read: run tcp-chat-server check' : undefined;
  }

  async append(appends: readonly Append[]): Promise<readonly Appended[]> {
    return await this.#store.append(appends);
  }

  async read(room: string, range: Range): Promise<Slice> {
    const key = `${room} ${range.direction} ${range.seq}`;
    const slice = await this.#watched(key, async () => this.#store.read(room, range));
    this.#noteDamage(room, slice);
    return slice;
  }

  async state(room: string): Promise<LogState> {
    return await this.#watched(room, async () => this.#store.state(room));
  }

  /** Tries again what could not be read, too; that still fails is no problem of the probe. */
  async probe(): Promise<void> {
    await Promise.all([this.#store.probe(), this.#retry()]);
  }

  async trim(retention: Retention): Promise<Trimmed> {
    const trimmed = await this.#store.trim(retention);
    for (const { room, tailSeq } of trimmed.rooms) this.#damaged.get(room)?.removeBelow(tailSeq);
    return trimmed;
  }

  async #retry(): Promise<void> {
    const failed = this.#failed;
    if (failed !== undefined) await this.#watched(failed.key, failed.again).catch(() => {});
  }

  async #watched<Result>(key: string, ask: () => Promise<Result>): Promise<Result> {
    try {
      const result = await ask();
      if (this.#failed?.key === key) {
        this.#failed = undefined;
        this.#observer.readRecovered?.();
      }
      return result;
    } catch (error) {
      if (this.#failed === undefined) {
        this.#failed = { key, again: ask };
        this.#observer.readFailed?.((error as Error).message);
      }
      throw error;
    }
  }

  #noteDamage(room: string, { damaged }: Slice): void {
    if (damaged === undefined) return;
    let known = this.#damaged.get(room);
    if (known === undefined) {
      if (this.#damaged.size >= roomsMax) return;
      this.#damaged.set(room, (known = new Stretches()));
    }
    const { fromSeq, toSeq } = damaged;
    if (known.add(damaged) > 0) this.#observer.damageFound?.(room, fromSeq, toSeq);
  }
}
