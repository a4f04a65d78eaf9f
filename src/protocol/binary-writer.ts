import { FrameWriter } from './frame-writer.js';
import type {
  AckFields,
  Allocate,
  BroadcastFields,
  EncodedMessage,
  MessageWriter,
  PageFields,
} from './message-writer.js';
import type { ChatMessage } from './messages.js';
import { headerBytes, opcodes, writeHeader } from './websocket-framing.js';

/**
 * A WebSocket message is begun anew rather than made longer than this: receivers hold it
 * whole in memory, and some libraries refuse long ones.
 */
const messageBytesMax = 0xffff;

/** Collects frames as binary WebSocket messages of whole frames. */
export class BinaryWriter implements MessageWriter {
  readonly #frames: FrameWriter;
  readonly #allocate: Allocate;
  /** Where the messages end that are complete, among the collected bytes. */
  #ends: number[] = [];
  /** Where the last one begins. */
  #start = 0;

  constructor(bytes: number, allocate: Allocate) {
    this.#frames = new FrameWriter(bytes);
    this.#allocate = allocate;
  }

  get isEmpty(): boolean {
    return this.#frames.isEmpty;
  }

  get bytes(): number {
    return this.#frames.bytes;
  }

  bareEcho(bytes: Uint8Array, start: number, end: number): void {
    const before = this.#frames.bytes;
    this.#frames.bareEcho(bytes, start, end);
    this.#splitAt(before);
  }

  echo(bytes: Uint8Array, start: number, end: number, id: string): void {
    const before = this.#frames.bytes;
    this.#frames.echo(bytes, start, end, id);
    this.#splitAt(before);
  }

  bareBroadcast(fields: BroadcastFields): void {
    const before = this.#frames.bytes;
    this.#frames.bareBroadcast(fields);
    this.#splitAt(before);
  }

  broadcast(room: string, fields: BroadcastFields): void {
    const before = this.#frames.bytes;
    this.#frames.broadcast(room, fields);
    this.#splitAt(before);
  }

  ack(fields: AckFields): void {
    const before = this.#frames.bytes;
    this.#frames.ack(fields);
    this.#splitAt(before);
  }

  page(id: string, page: PageFields): void {
    const before = this.#frames.bytes;
    this.#frames.page(id, page);
    this.#splitAt(before);
  }

  message(message: ChatMessage): void {
    const before = this.#frames.bytes;
    this.#frames.message(message);
    this.#splitAt(before);
  }

  encoded(message: EncodedMessage, id: string): void {
    const before = this.#frames.bytes;
    this.#frames.encoded(message, id);
    this.#splitAt(before);
  }

  take(): Uint8Array {
    const frames = this.#frames.collected;
    const ends = [...this.#ends, frames.length];
    let bytes = frames.length;
    let start = 0;
    for (const end of ends) {
      bytes += headerBytes(end - start);
      start = end;
    }
    const taken = this.#allocate(bytes);
    let position = 0;
    start = 0;
    for (const end of ends) {
      position = writeHeader(taken, position, opcodes.binary, end - start);
      taken.set(frames.subarray(start, end), position);
      position += end - start;
      start = end;
    }
    this.#frames.clear();
    this.#ends = [];
    this.#start = 0;
    return taken;
  }

  /** Ends the message before the frame that was written last, if it would be too long with it. */
  #splitAt(before: number): void {
    if (this.#frames.bytes - this.#start <= messageBytesMax || before === this.#start) return;
    this.#ends.push(before);
    this.#start = before;
  }
}
