import { BinaryWriter } from './binary-writer.js';
import { FrameWriter } from './frame-writer.js';
import { messageToJson } from './json.js';
import { JsonWriter } from './json-writer.js';
import type { Allocate, EncodedMessage, MessageWriter } from './message-writer.js';
import { ChatMessage } from './messages.js';
import { TextWriter } from './text-writer.js';

/**
 * How messages become the bytes of a connection (chat.proto, Framing and WebSocket).
 * - `stream`: frames, one after another.
 * - `binary`: WebSocket messages of whole frames.
 * - `json`: a WebSocket text message each, proto3 JSON.
 * - `text`: a WebSocket text message each, the text alone; it has broadcasts and errors only.
 *
 * Connections of one encoding can be sent the same bytes.
 */
export type Encoding = 'stream' | 'binary' | 'json' | 'text';

/** A writer with room for `bytes` at first; what is taken from it lies in memory from `allocate`. */
export function messageWriter(
  encoding: Encoding,
  bytes: number,
  allocate: Allocate = (size) => new Uint8Array(size),
): MessageWriter {
  switch (encoding) {
    case 'stream':
      return new FrameWriter(bytes, allocate);
    case 'binary':
      return new BinaryWriter(bytes, allocate);
    case 'json':
      return new JsonWriter(allocate);
    case 'text':
      return new TextWriter(allocate);
  }
}

/** One message as bytes. */
export function encodeMessage(encoding: Encoding, message: ChatMessage): Uint8Array {
  const writer = messageWriter(encoding, 256);
  writer.message(message);
  return writer.take();
}

/** A control message that several sessions are told, encoded once as each of them needs it. */
export class SharedMessage implements EncodedMessage {
  readonly #message: ChatMessage;
  readonly #bytes = new Map<Encoding, Uint8Array>();
  #protobuf: Uint8Array | undefined;
  #json: string | undefined;

  constructor(message: ChatMessage) {
    this.#message = message;
  }

  get protobuf(): Uint8Array {
    return (this.#protobuf ??= ChatMessage.encode(this.#message).finish());
  }

  get json(): string {
    return (this.#json ??= messageToJson(this.#message));
  }

  bytes(encoding: Encoding): Uint8Array {
    let bytes = this.#bytes.get(encoding);
    if (bytes === undefined) {
      bytes = encodeMessage(encoding, this.#message);
      this.#bytes.set(encoding, bytes);
    }
    return bytes;
  }
}

/** One writer for each encoding, made when it is needed. */
export class MessageWriters {
  readonly #allocate: Allocate;
  readonly #writers = new Map<Encoding, MessageWriter>();

  constructor(allocate: Allocate) {
    this.#allocate = allocate;
  }

  of(encoding: Encoding): MessageWriter {
    let writer = this.#writers.get(encoding);
    if (writer === undefined) {
      writer = messageWriter(encoding, scratchBytes, this.#allocate);
      this.#writers.set(encoding, writer);
    }
    return writer;
  }
}

/** What is encoded in one go is seldom larger. */
const scratchBytes = 64 * 1024;
