import { decodeMessage } from '../../../src/protocol/codec.js';
import { isText, type LightSession } from '../support/light-session.js';
import { attackedRoom, type RequestKind } from './request-kinds.js';

const idTag = 0x1a;

/** Of field 34, `error`. */
const errorField = 34;

/** One session that asks for the same thing many times, and checks what it gets. */
export class Asker {
  readonly session: LightSession;
  readonly #kind: RequestKind;
  /** Whether the requests have their number as id. */
  readonly #isNumbered: boolean;
  /** Answers that came. */
  answers = 0;
  /** What an answer is, without its id. */
  #same: Uint8Array | undefined;
  /** The last message of the attacked room's that came since the session joined. */
  roomSeq = 0;
  /** How many there are in the room that the session last heard of. */
  peopleCount = 0;
  #problem: Error | undefined;
  #wake = (): void => {};

  constructor(session: LightSession, kind: RequestKind, isNumbered: boolean) {
    this.session = session;
    this.#kind = kind;
    this.#isNumbered = isNumbered;
    session.onFrame = (bytes, start, end) => {
      if (isText(bytes, start)) this.#text(bytes, start, end);
      else this.#control(bytes, start, end);
    };
  }

  /** Settles when it is so, which is looked at when something arrives. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#problem !== undefined) throw this.#problem;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#problem !== undefined) throw this.#problem;
  }

  #text(bytes: Uint8Array, start: number, end: number): void {
    const isAnswer = this.#kind.answer === 'text';
    if (!isAnswer && !this.#isNumbered) return;
    const { content, room, seq } = decodeMessage(bytes, start, end);
    if (room === attackedRoom) {
      if (seq !== this.roomSeq + 1) this.#fail(`message ${seq} came after ${this.roomSeq}`);
      this.roomSeq = seq;
    } else if (isAnswer && !content.startsWith('witness ')) {
      const id = this.#isNumbered ? String(this.answers) : '';
      const expected = this.#kind.message(id).content!;
      if (content !== expected) this.#fail(`not text ${this.answers}: ${content.slice(0, 20)}`);
      this.answers += 1;
    }
    this.#wake();
  }

  #control(bytes: Uint8Array, start: number, end: number): void {
    const hasId = bytes[start] === idTag;
    const bodyStart = hasId ? start + 2 + bytes[start + 1]! : start;
    // Two bytes are enough for the tag of every control message.
    const field = ((bytes[bodyStart]! & 0x7f) | (bytes[bodyStart + 1]! << 7)) >>> 3;
    if (field === this.#kind.answer) {
      this.#answer(bytes, start, bodyStart, end);
    } else if (field === errorField) {
      this.#fail(`refused: ${JSON.stringify(decodeMessage(bytes, start, end).control)}`);
    } else if (this.#isNumbered) {
      const { control } = decodeMessage(bytes, start, end);
      if (control?.$case === 'presence') this.peopleCount = control.presence.count;
      if (control?.$case === 'gap' || control?.$case === 'goodbye') {
        this.#fail(JSON.stringify(control));
      }
    }
    this.#wake();
  }

  #answer(bytes: Uint8Array, start: number, bodyStart: number, end: number): void {
    const { hasId, isSame } = this.#kind;
    if (this.#isNumbered && hasId) {
      const id = Buffer.from(bytes.subarray(start + 2, bodyStart)).toString('latin1');
      if (id !== String(this.answers)) this.#fail(`not answer ${this.answers}: "${id}"`);
    }
    if (isSame) {
      this.#same ??= Uint8Array.from(bytes.subarray(bodyStart, end));
      if (Buffer.compare(this.#same, bytes.subarray(bodyStart, end)) !== 0) {
        this.#fail(`answer ${this.answers} differs from the first one`);
      }
    }
    this.answers += 1;
    // Both are told anew after a `joined`.
    this.roomSeq = 0;
    this.peopleCount = 0;
  }

  #fail(reason: string): void {
    this.#problem ??= new Error(`a session that asked: ${reason}`);
    this.#wake();
  }
}
