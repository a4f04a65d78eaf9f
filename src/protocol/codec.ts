import { ChatError } from './errors.js';
import { marks } from './limits.js';
import { ChatMessage, ErrorCode, MessageType, type Control } from './messages.js';
import { readUtf8, utf8Bytes, writeUtf8 } from './utf8.js';
import { chatMessageShape, WireReader } from './wire.js';

/**
 * The frame from `start` to before `end` as a message, all of its fields.
 *
 * Throws `ChatError` with UNDECODABLE or INVALID_UTF8.
 */
export function decodeMessage(bytes: Uint8Array, start: number, end: number): ChatMessage {
  const reader = new WireReader();
  reader.reset(bytes, start, end);
  reader.message(end - start, chatMessageShape);
  const message = decodeChecked(bytes, start, end);
  if (Number.isNaN(message.sentAt?.getTime())) {
    throw new ChatError(ErrorCode.ERROR_CODE_UNDECODABLE);
  }
  return message;
}

/** A message as a frame: its length prefix and its bytes. */
export function encodeFrame(message: ChatMessage): Uint8Array {
  const writer = new FrameWriter(256);
  writer.message(message);
  return writer.take();
}

/** How many bytes a message takes, without a length in front. */
export function encodedBytes(message: ChatMessage): number {
  return ChatMessage.encode(message).len;
}

/** A message with only the given fields; the others are absent on the wire. */
export function chatMessage(fields: Partial<ChatMessage>): ChatMessage {
  return { ...ChatMessage.create(), ...fields };
}

/**
 * What a server reads of a client's frame: where the content lies, without making
 * a string of it, and the few fields that a client owns. Server-owned and unknown
 * fields are checked and dropped.
 *
 * One is used again for every frame, so reading a two-field message allocates
 * nothing; what it says holds until the next `read`. In an echo this is the larger
 * half of the work, which is why it does not use the generated code; a property
 * test holds it against that and against protobufjs.
 */
export class ClientFrame {
  /** As it came; whether it is a MessageType is for the caller to say. */
  type = 0;
  contentStart = 0;
  contentEnd = 0;
  id = '';
  room = '';
  control: Control | undefined;
  /** How many control messages the frame holds; only one is allowed. */
  controls = 0;

  bytes: Uint8Array = new Uint8Array(0);
  readonly #reader = new WireReader();

  get contentBytes(): number {
    return this.contentEnd - this.contentStart;
  }

  content(): string {
    return readUtf8(this.bytes, this.contentStart, this.contentEnd);
  }

  /**
   * Reads the frame from `start` to before `end`.
   *
   * Throws `ChatError` with UNDECODABLE or INVALID_UTF8.
   */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.type = 0;
    this.contentStart = this.contentEnd = start;
    this.id = '';
    this.room = '';
    this.control = undefined;
    this.controls = 0;

    const reader = this.#reader;
    reader.reset(bytes, start, end);
    while (!reader.isAtEnd) {
      const tagStart = reader.position;
      const tag = reader.tag();
      // A field that is there twice counts as it was last.
      switch (tag) {
        case contentTag: {
          const length = reader.length();
          this.contentStart = reader.position;
          reader.string(length);
          this.contentEnd = reader.position;
          break;
        }
        case typeTag:
          this.type = reader.varint32();
          break;
        case idTag:
          this.id = this.#string();
          break;
        case roomTag:
          this.room = this.#string();
          break;
        default:
          this.#other(tag, tagStart);
      }
    }
  }

  #string(): string {
    const length = this.#reader.length();
    const start = this.#reader.position;
    this.#reader.string(length);
    return readUtf8(this.bytes, start, start + length);
  }

  /** Checks a field that the server reads only if it is a control message. */
  #other(tag: number, tagStart: number): void {
    const reader = this.#reader;
    const shape = (tag & 7) === 2 ? chatMessageShape.get(tag >>> 3) : undefined;
    if (shape === undefined) reader.skip(tag);
    else if (shape === 'string') reader.string(reader.length());
    else {
      reader.message(reader.length(), shape, 1);
      if (tag >>> 3 < firstControlField) return;
      this.controls += 1;
      this.control = decodeChecked(this.bytes, tagStart, reader.position).control;
    }
  }
}

const contentTag = (1 << 3) | 2;
const typeTag = 2 << 3;
const idTag = (3 << 3) | 2;
const roomTag = (4 << 3) | 2;
const firstControlField = 16;

const markBytes = {
  echo: new TextEncoder().encode(marks.echo),
  broadcast: new TextEncoder().encode(marks.broadcast),
} as const;

/**
 * Collects frames into one piece of memory, to be sent with one write. It grows as
 * needed and is used again and again; `take` copies what was collected.
 */
export class FrameWriter {
  #buffer: Uint8Array;
  #position = 0;

  readonly #allocate: (bytes: number) => Uint8Array;

  /** Starts with room for `bytes`; what is taken lies in memory from `allocate`. */
  constructor(bytes = 4096, allocate = newBytes) {
    this.#buffer = new Uint8Array(bytes);
    this.#allocate = allocate;
  }

  /** How many bytes have been collected. */
  get bytes(): number {
    return this.#position;
  }

  /** A bare session's echo: the marked content, which lies in `bytes` as UTF-8. */
  bareEcho(bytes: Uint8Array, start: number, end: number): void {
    const contentBytes = markBytes.echo.length + end - start;
    this.#reserve(contentBytes + frameOverheadBytesMax);
    this.#head(contentBytes, 0);
    this.#mark(markBytes.echo);
    const buffer = this.#buffer;
    let position = this.#position;
    // For short texts a loop is faster than `set`, which makes a view first.
    if (end - start <= 64) {
      for (let index = start; index < end; index += 1) {
        buffer[position] = bytes[index]!;
        position += 1;
      }
    } else {
      buffer.set(bytes.subarray(start, end), position);
      position += end - start;
    }
    this.#position = position;
  }

  /** A bare session's broadcast: the marked content. */
  bareBroadcast(content: string): void {
    const contentBytes = markBytes.broadcast.length + utf8Bytes(content);
    this.#reserve(contentBytes + frameOverheadBytesMax);
    this.#head(contentBytes, typeFieldBytes);
    this.#mark(markBytes.broadcast);
    this.#position = writeUtf8(content, this.#buffer, this.#position);
    this.#buffer[this.#position] = typeTag;
    this.#buffer[this.#position + 1] = MessageType.BROADCAST;
    this.#position += typeFieldBytes;
  }

  /** Any message, by the generated code. What is no text in its content becomes U+FFFD. */
  message(message: ChatMessage): void {
    const content = message.content.toWellFormed();
    const body = ChatMessage.encode({ ...message, content }).finish();
    this.#reserve(body.length + frameOverheadBytesMax);
    this.#varint(body.length);
    this.#buffer.set(body, this.#position);
    this.#position += body.length;
  }

  /** A copy of what was collected since the last `take`. */
  take(): Uint8Array {
    const taken = this.#allocate(this.#position);
    taken.set(this.#buffer.subarray(0, this.#position));
    this.clear();
    return taken;
  }

  /** Forgets what was collected. */
  clear(): void {
    this.#position = 0;
    // One large batch does not hold its memory for ever.
    if (this.#buffer.length > keptBytesMax) this.#buffer = new Uint8Array(keptBytesMax);
  }

  #head(contentBytes: number, bytesBehind: number): void {
    const contentPrefixBytes = varintBytes(contentBytes);
    this.#varint(1 + contentPrefixBytes + contentBytes + bytesBehind);
    this.#buffer[this.#position] = contentTag;
    this.#position += 1;
    this.#varint(contentBytes);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#position] = (rest & 0x7f) | 0x80;
      this.#position += 1;
      rest >>>= 7;
    }
    this.#buffer[this.#position] = rest;
    this.#position += 1;
  }

  #mark(mark: Uint8Array): void {
    const buffer = this.#buffer;
    let position = this.#position;
    for (let index = 0; index < mark.length; index += 1) {
      buffer[position] = mark[index]!;
      position += 1;
    }
    this.#position = position;
  }

  #reserve(bytes: number): void {
    const wanted = this.#position + bytes;
    if (wanted <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(wanted, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#position));
    this.#buffer = grown;
  }
}

/** Two varints of at most 5 bytes, a tag, and the type. */
const frameOverheadBytesMax = 13;
const typeFieldBytes = 2;
const keptBytesMax = 256 * 1024;

function newBytes(bytes: number): Uint8Array {
  return new Uint8Array(bytes);
}

function varintBytes(value: number): number {
  if (value < 1 << 7) return 1;
  if (value < 1 << 14) return 2;
  return value < 1 << 21 ? 3 : 4;
}

function decodeChecked(bytes: Uint8Array, start: number, end: number): ChatMessage {
  try {
    return ChatMessage.decode(bytes.subarray(start, end));
  } catch (error) {
    // The wire format was checked before; what is left are numbers over 2^53.
    throw new ChatError(ErrorCode.ERROR_CODE_UNDECODABLE, undefined, { cause: error });
  }
}
