import { decodeMessage } from '../../../src/protocol/codec.js';
import { MessageType } from '../../../src/protocol/messages.js';
import { isText, LightSession, type Target } from './light-session.js';

/** What a witness has seen of one stretch of time. */
export interface Testimony {
  /** Milliseconds until a message was acked and delivered, in ascending order. */
  readonly timesMs: readonly number[];
  /** Messages that were not both acked and delivered before the patience ended. */
  readonly missing: number;
}

/** How often it publishes. */
const everyMs = 100;

/** Alternately to the room that nobody else is in, and to the one that everybody is in. */
const rooms = ['witness', 'lobby'] as const;

interface OnItsWay {
  readonly sentAtMs: number;
  isAcked: boolean;
  isDelivered: boolean;
}

const mark = Buffer.from('witness ');

/**
 * Two people who chat while others attack: one publishes, the other one reads. Every
 * message must be acked, and delivered once and in order.
 */
export class Witness implements Disposable {
  readonly #publisher: LightSession;
  readonly #reader: LightSession;
  readonly #onTheirWay = new Map<number, OnItsWay>();
  readonly #lastDelivered = new Map<string, number>();
  #published = 0;
  #timesMs: number[] = [];
  #problem: Error | undefined;
  #wake = (): void => {};

  private constructor(publisher: LightSession, reader: LightSession) {
    this.#publisher = publisher;
    this.#reader = reader;
    publisher.onFrame = (bytes, start, end) => {
      if (!isText(bytes, start)) this.#control(bytes, start, end);
    };
    reader.onFrame = (bytes, start, end) => {
      // In the lobby there may be hundreds of thousands of texts by others.
      if (isText(bytes, start) && mark.compare(bytes, start + 2, start + 2 + mark.length) === 0) {
        this.#delivered(bytes, start, end);
      }
    };
  }

  static async join(target: Omit<Target, 'lost'>): Promise<Witness> {
    let witness: Witness | undefined = undefined;
    const lost = (reason: string): void => witness?.fail(`a connection was lost: ${reason}`);
    const publisher = await LightSession.full({ ...target, lost }, 'witness-a');
    const reader = await LightSession.full({ ...target, lost }, 'witness-b');
    for (const session of [publisher, reader]) await session.join(rooms[0]);
    return (witness = new Witness(publisher, reader));
  }

  /**
   * Publishes so many messages, one each 100 ms whatever becomes of the earlier ones, and
   * waits for all of them, `patienceMs` after the last. Rejects when one comes twice, or in
   * the wrong order, or the witness loses its connection.
   */
  async publish(count: number, patienceMs: number): Promise<Testimony> {
    this.#timesMs = [];
    const last = this.#published + count;
    this.#publishNext();
    const pace = setInterval(() => {
      if (this.#published < last) this.#publishNext();
      else this.#wake();
    }, everyMs);
    const untilMs = performance.now() + count * everyMs + patienceMs;
    const patience = setTimeout(() => this.#wake(), count * everyMs + patienceMs);
    try {
      while (this.#published < last || this.#onTheirWay.size > 0) {
        if (this.#problem !== undefined) throw this.#problem;
        if (performance.now() > untilMs) break;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearInterval(pace);
      clearTimeout(patience);
    }
    return { timesMs: this.#timesMs.toSorted((a, b) => a - b), missing: this.#onTheirWay.size };
  }

  fail(reason: string): void {
    this.#problem ??= new Error(`the witness: ${reason}`);
    this.#wake();
  }

  /** From now on the server may say goodbye. */
  mayEnd(): void {
    this.#publisher.mayEnd();
    this.#reader.mayEnd();
  }

  [Symbol.dispose](): void {
    this.#publisher[Symbol.dispose]();
    this.#reader[Symbol.dispose]();
  }

  #publishNext(): void {
    this.#published += 1;
    const number = this.#published;
    const sentAtMs = performance.now();
    this.#onTheirWay.set(number, { sentAtMs, isAcked: false, isDelivered: false });
    this.#publisher.send({
      content: `${mark.toString()}${number}`,
      type: MessageType.BROADCAST,
      id: String(number),
      room: rooms[number % rooms.length]!,
    });
  }

  #control(bytes: Uint8Array, start: number, end: number): void {
    const { control } = decodeMessage(bytes, start, end);
    if (control?.$case === 'error') this.fail(`it was refused: ${control.error.message}`);
    if (control?.$case !== 'ack') return;
    const message = this.#onTheirWay.get(Number(control.ack.id));
    if (message === undefined || message.isAcked) this.fail(`ack ${control.ack.id} came twice`);
    else this.#seen(Number(control.ack.id), { ...message, isAcked: true });
  }

  #delivered(bytes: Uint8Array, start: number, end: number): void {
    const { content, room } = decodeMessage(bytes, start, end);
    const number = Number(content.slice(mark.length));
    const before = this.#lastDelivered.get(room);
    if (before !== undefined && number !== before + rooms.length) {
      this.fail(`after message ${before} of ${room} came ${number}`);
    }
    this.#lastDelivered.set(room, number);
    const message = this.#onTheirWay.get(number);
    if (message !== undefined) this.#seen(number, { ...message, isDelivered: true });
  }

  #seen(number: number, message: OnItsWay): void {
    if (!message.isAcked || !message.isDelivered) {
      this.#onTheirWay.set(number, message);
      return;
    }
    this.#onTheirWay.delete(number);
    this.#timesMs.push(performance.now() - message.sentAtMs);
    if (this.#onTheirWay.size === 0) this.#wake();
  }
}
