import { ChatError } from './errors.js';
import { FrameCollector } from './frame-collector.js';
import type { TextFields } from './message-writer.js';
import { ChatMessage, ErrorCode, MessageType, type Control } from './messages.js';
import { readUtf8 } from './utf8.js';
import { chatMessageShape, isControl, isRequest, WireReader } from './wire.js';

/**
 * The frame from `start` to before `end` as a message, all of its fields.
 *
 * Throws `ChatError` with UNDECODABLE or INVALID_UTF8.
 */
export function decodeMessage(bytes: Uint8Array, start: number, end: number): ChatMessage {
  return new ServerFrame().read(bytes, start, end);
}

/** Reads a server's frames, one after another. */
export class ServerFrame {
  /**
   * Whether the frame that was read last is of a kind that there was when this code was
   * written. Others say nothing to whoever uses it; but one with `room` and `seq` is an entry
   * of that room's log (chat.proto, "Compatibility").
   */
  isKnown = true;
  readonly #reader = new WireReader();

  /** Throws `ChatError` with UNDECODABLE or INVALID_UTF8. */
  read(bytes: Uint8Array, start: number, end: number): ChatMessage {
    const reader = this.#reader;
    reader.reset(bytes, start, end);
    reader.message(end - start, chatMessageShape);
    const message = decodeChecked(bytes, start, end);
    if (isNoTime(message.sentAt) || isNoTime(message.editedAt)) {
      throw new ChatError(ErrorCode.ERROR_CODE_UNDECODABLE);
    }
    const { type, control } = message;
    const hasKnownType = type === MessageType.ECHO || type === MessageType.BROADCAST;
    this.isKnown = control !== undefined || (hasKnownType && !reader.hasUnknownControl);
    return message;
  }
}

/** A message as a frame: its length prefix and its bytes. */
export function encodeFrame(message: ChatMessage): Uint8Array {
  const writer = new FrameCollector(256);
  writer.message(message);
  return writer.take();
}

const nothing: ChatMessage = {
  content: '',
  type: MessageType.ECHO,
  id: '',
  room: '',
  sender: '',
  seq: 0,
  sentAt: undefined,
  editedAt: undefined,
  control: undefined,
};

/** A message with only the given fields; the others are absent on the wire. */
export function chatMessage(fields: Partial<ChatMessage>): ChatMessage {
  return { ...nothing, ...fields };
}

/** A broadcast as full sessions get it. */
export function broadcastMessage(
  room: string,
  { sentAtMs, editedAtMs, content, id, sender, seq }: TextFields,
): ChatMessage {
  const type = MessageType.BROADCAST;
  const sentAt = new Date(sentAtMs);
  const editedAt = editedAtMs === 0 ? undefined : new Date(editedAtMs);
  return chatMessage({ content, type, id, room, sender, seq, sentAt, editedAt });
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
  /** How many control messages the frame holds, known or not; only one is allowed. */
  controls = 0;
  /** Whether one of them is a request that this code does not know. */
  hasUnknownRequest = false;

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
    this.hasUnknownRequest = false;

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
    if (shape === undefined) {
      if (isControl(tag)) {
        this.controls += 1;
        if (isRequest(tag)) this.hasUnknownRequest = true;
      }
      reader.skip(tag);
    } else if (shape === 'string') reader.string(reader.length());
    else {
      reader.message(reader.length(), shape, 1);
      if (!isControl(tag)) return;
      this.controls += 1;
      this.control = decodeChecked(this.bytes, tagStart, reader.position).control;
    }
  }
}

const contentTag = (1 << 3) | 2;
const typeTag = 2 << 3;
const idTag = (3 << 3) | 2;
const roomTag = (4 << 3) | 2;

function isNoTime(date: Date | undefined): boolean {
  return Number.isNaN(date?.getTime());
}

function decodeChecked(bytes: Uint8Array, start: number, end: number): ChatMessage {
  try {
    return ChatMessage.decode(bytes.subarray(start, end));
  } catch (error) {
    // The wire format was checked before; what is left are numbers over 2^53.
    throw new ChatError(ErrorCode.ERROR_CODE_UNDECODABLE, undefined, { cause: error });
  }
}
