// A full session that broadcasts under ids, like those of the client, and counts acks.
import { randomBytes } from 'node:crypto';
import {
  contentBytes,
  firstContent,
  readNumber,
  sequenceField,
  writeNumber,
  noMask,
} from './content.js';
import { FullSession } from './full-session.js';
import type { FullFrame, Span } from './full-frames.js';

const zero = 48;
const dash = 45;
/** Above the head, an id and a room. */
const overheadBytesMax = 2 + 2 + 2 + 2 + 64 + 2 + 64;

export interface FullPublisherOptions {
  readonly port: number;
  readonly room: string;
  readonly buffer: Buffer;
  readonly number: number;
  /** All that came at once was handled; `acked` of it were acks. */
  readonly onAcked?: (publisher: FullPublisher, acked: number) => void;
}

export class FullPublisher {
  readonly session: FullSession;
  /** How many were made so far; the next one has this number. */
  sent = 0;
  acked = 0;
  readonly #content: Buffer;
  readonly #room: Buffer;
  readonly #idPrefix = `${randomBytes(8).toString('hex')}-`;

  constructor({ port, room, buffer, number, onAcked }: FullPublisherOptions) {
    this.#content = firstContent(number);
    this.#room = Buffer.from(room);
    let ackedBefore = 0;
    this.session = new FullSession({
      port,
      room,
      buffer,
      handlers: {
        ack: (bytes, { id }: FullFrame) => this.#take(counterOf(bytes, id)),
        chunk: () => {
          const acked = this.acked - ackedBefore;
          ackedBefore = this.acked;
          if (acked > 0) onAcked?.(this, acked);
        },
      },
    });
  }

  get outstanding(): number {
    return this.sent - this.acked;
  }

  send(messages: number): void {
    const from = this.sent;
    this.sent += messages;
    this.session.write(this.#frames(from, this.sent));
  }

  /** Sends what is not acked once more, under the same ids, as after a lost connection. */
  sendAgain(): void {
    if (this.outstanding > 0) this.session.write(this.#frames(this.acked, this.sent));
  }

  #take(counter: number): void {
    if (counter !== this.acked) throw new Error(`ack of ${counter} came in place of ${this.acked}`);
    this.acked += 1;
  }

  #frames(from: number, to: number): Buffer {
    const bytes = Buffer.allocUnsafe((to - from) * (contentBytes + overheadBytesMax));
    let at = 0;
    for (let counter = from; counter < to; counter += 1) at = this.#frame(bytes, at, counter);
    return bytes.subarray(0, at);
  }

  #frame(bytes: Buffer, start: number, counter: number): number {
    const id = this.#idPrefix + counter;
    const room = this.#room;
    const bodyBytes =
      2 + contentBytes + 2 + 2 + id.length + (room.length === 0 ? 0 : 2 + room.length);
    let at = start;
    if (bodyBytes < 0x80) {
      bytes[at] = bodyBytes;
      at += 1;
    } else {
      bytes[at] = (bodyBytes & 0x7f) | 0x80;
      bytes[at + 1] = bodyBytes >>> 7;
      at += 2;
    }
    bytes[at] = 0x0a;
    bytes[at + 1] = contentBytes;
    at += 2;
    this.#content.copy(bytes, at);
    writeNumber(bytes, at, sequenceField, counter, noMask);
    at += contentBytes;
    bytes[at] = 0x10;
    bytes[at + 1] = 1;
    bytes[at + 2] = 0x1a;
    bytes[at + 3] = id.length;
    at += 4 + bytes.write(id, at + 4, 'latin1');
    if (room.length === 0) return at;
    bytes[at] = 0x22;
    bytes[at + 1] = room.length;
    return at + 2 + room.copy(bytes, at + 2);
  }
}

/** The number after the dash. */
function counterOf(bytes: Buffer, { start, end }: Span): number {
  let at = start;
  while (at < end && bytes[at] !== dash) at += 1;
  let counter = 0;
  for (at += 1; at < end; at += 1) counter = counter * 10 + bytes[at]! - zero;
  return counter;
}

/** Throws unless the message is the one that a single publisher of a room gave this seq. */
export function expectInOrder(bytes: Buffer, { seq, content }: FullFrame): void {
  const sequence = readNumber(bytes, content.start, sequenceField);
  if (sequence !== seq - 1) throw new Error(`message ${seq} is the publisher's ${sequence}`);
}
