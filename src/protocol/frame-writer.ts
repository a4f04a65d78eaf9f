import { FieldWriter } from './field-writer.js';
import { marks } from './limits.js';
import type {
  AckFields,
  BroadcastFields,
  EncodedMessage,
  MessageWriter,
  PageFields,
  TextFields,
} from './message-writer.js';
import { MessageType } from './messages.js';
import {
  editedAtBytes,
  numberFieldBytes,
  stringFieldBytes,
  timestampBytes,
  typeFieldBytes,
} from './frame-sizes.js';
import { utf8Bytes, utf8BytesPerCharMax, utf8Range, writeUtf8 } from './utf8.js';
import { varintBytes } from './varint.js';

const contentTag = (1 << 3) | 2;
const typeTag = 2 << 3;
const idTag = (3 << 3) | 2;
const roomTag = (4 << 3) | 2;
const senderTag = (5 << 3) | 2;
const seqTag = 6 << 3;
const sentAtTag = (7 << 3) | 2;
/** Of two bytes. */
const editedAtTag = (64 << 3) | 2;

/** The fields of `Ack`, and its own tag in a frame. */
const ackTag = (33 << 3) | 2;
const ackTags = {
  id: (1 << 3) | 2,
  room: (2 << 3) | 2,
  seq: 3 << 3,
  sentAt: (4 << 3) | 2,
} as const;
const duplicateTag = 5 << 3;

/** The same of `Page`. */
const pageTag = (36 << 3) | 2;
const pageTags = {
  room: (1 << 3) | 2,
  messages: (2 << 3) | 2,
  end: 3 << 3,
  epoch: (4 << 3) | 2,
  tailSeq: 5 << 3,
} as const;

const markBytes = {
  echo: new TextEncoder().encode(marks.echo),
  broadcast: new TextEncoder().encode(marks.broadcast),
} as const;

/**
 * Collects what a server sends as frames. What it sends for every single message is written by
 * hand: that takes half of the time of the generated code and less, and it is a good part of all
 * that a server does. A test holds it against the generated code.
 */
export class FrameWriter extends FieldWriter implements MessageWriter {
  bareEcho(bytes: Uint8Array, start: number, end: number): void {
    const contentBytes = markBytes.echo.length + end - start;
    this.reserve(contentBytes + frameOverheadBytesMax);
    this.#head(contentBytes, 0);
    this.#mark(markBytes.echo);
    this.copy(bytes, start, end);
  }

  echo(bytes: Uint8Array, start: number, end: number, id: string): void {
    const idBytes = utf8Bytes(id);
    const bodyBytes = stringFieldBytes(end - start) + stringFieldBytes(idBytes);
    this.reserve(bodyBytes + frameOverheadBytesMax);
    this.varint(bodyBytes);
    this.#text(bytes, start, end);
    this.string(idTag, id, idBytes);
  }

  bareBroadcast({ bytes, start, end }: BroadcastFields): void {
    const contentBytes = markBytes.broadcast.length + end - start;
    this.reserve(contentBytes + frameOverheadBytesMax);
    this.#head(contentBytes, typeFieldBytes);
    this.#mark(markBytes.broadcast);
    this.copy(bytes, start, end);
    this.buffer[this.position] = typeTag;
    this.buffer[this.position + 1] = MessageType.BROADCAST;
    this.position += typeFieldBytes;
  }

  broadcast(room: string, fields: BroadcastFields): void {
    const { bytes, start, end, id, sender, seq, sentAtMs, editedAtMs } = fields;
    const idBytes = utf8Bytes(id);
    const roomBytes = utf8Bytes(room);
    const senderBytes = utf8Bytes(sender);
    const timeBytes = timestampBytes(sentAtMs);
    const bodyBytes =
      stringFieldBytes(end - start) +
      typeFieldBytes +
      stringFieldBytes(idBytes) +
      stringFieldBytes(roomBytes) +
      stringFieldBytes(senderBytes) +
      numberFieldBytes(seq) +
      (2 + timeBytes) +
      editedAtBytes(editedAtMs);
    this.reserve(bodyBytes + frameOverheadBytesMax);
    this.varint(bodyBytes);
    this.#text(bytes, start, end);
    this.byte(typeTag);
    this.byte(MessageType.BROADCAST);
    this.string(idTag, id, idBytes);
    this.string(roomTag, room, roomBytes);
    this.string(senderTag, sender, senderBytes);
    this.number(seqTag, seq);
    this.timestamp(sentAtTag, sentAtMs, timeBytes);
    if (editedAtMs === 0) return;
    this.byte((editedAtTag & 0x7f) | 0x80);
    this.timestamp(editedAtTag >>> 7, editedAtMs, timestampBytes(editedAtMs));
  }

  ack({ id, room, seq, sentAtMs, duplicate }: AckFields): void {
    const idBytes = utf8Bytes(id);
    const roomBytes = utf8Bytes(room);
    const timeBytes = timestampBytes(sentAtMs);
    const ackBytes =
      stringFieldBytes(idBytes) +
      stringFieldBytes(roomBytes) +
      numberFieldBytes(seq) +
      (2 + timeBytes) +
      (duplicate ? 2 : 0);
    const bodyBytes = varintBytes(ackTag) + varintBytes(ackBytes) + ackBytes;
    this.reserve(bodyBytes + frameOverheadBytesMax);
    this.varint(bodyBytes);
    this.varint(ackTag);
    this.varint(ackBytes);
    this.string(ackTags.id, id, idBytes);
    this.string(ackTags.room, room, roomBytes);
    this.number(ackTags.seq, seq);
    this.timestamp(ackTags.sentAt, sentAtMs, timeBytes);
    if (duplicate) {
      this.byte(duplicateTag);
      this.byte(1);
    }
  }

  page(id: string, { room, messages, end, epoch, tailSeq }: PageFields): void {
    const [idBytes, roomBytes, epochBytes] = [id, room, epoch].map(utf8Bytes);
    const frameStart = this.open();
    this.reserve(idBytes! + roomBytes! + frameOverheadBytesMax);
    this.string(idTag, id, idBytes!);
    this.varint(pageTag);
    const pageStart = this.open();
    this.string(pageTags.room, room, roomBytes!);
    for (const message of messages) {
      this.reserve(1);
      this.byte(pageTags.messages);
      if ('control' in message) this.message(message);
      else this.broadcast(room, textFields(message));
    }
    this.reserve(epochBytes! + frameOverheadBytesMax);
    if (end) {
      this.byte(pageTags.end);
      this.byte(1);
    }
    this.string(pageTags.epoch, epoch, epochBytes!);
    this.number(pageTags.tailSeq, tailSeq);
    this.close(pageStart);
    this.close(frameStart);
  }

  encoded({ protobuf }: EncodedMessage, id: string): void {
    const idBytes = utf8Bytes(id);
    const bodyBytes = stringFieldBytes(idBytes) + protobuf.length;
    this.reserve(bodyBytes + frameOverheadBytesMax);
    this.varint(bodyBytes);
    this.string(idTag, id, idBytes);
    this.buffer.set(protobuf, this.position);
    this.position += protobuf.length;
  }

  /** The content, where there is any. */
  #text(bytes: Uint8Array, start: number, end: number): void {
    if (end === start) return;
    this.byte(contentTag);
    this.varint(end - start);
    this.copy(bytes, start, end);
  }

  #head(contentBytes: number, bytesAfter: number): void {
    const contentPrefixBytes = varintBytes(contentBytes);
    this.varint(1 + contentPrefixBytes + contentBytes + bytesAfter);
    this.buffer[this.position] = contentTag;
    this.position += 1;
    this.varint(contentBytes);
  }

  #mark(mark: Uint8Array): void {
    const buffer = this.buffer;
    let position = this.position;
    for (let index = 0; index < mark.length; index += 1) {
      buffer[position] = mark[index]!;
      position += 1;
    }
    this.position = position;
  }
}

/** The text of a message that is written now. */
const scratch = new Uint8Array(4096);

/** Field by field: a spread takes several times as long, and this is done for each message. */
function textFields(message: TextFields): BroadcastFields {
  const { content, id, sender, seq, sentAtMs, editedAtMs } = message;
  const isShort = content.length * utf8BytesPerCharMax <= scratch.length;
  const bytes = isShort ? scratch : utf8Range(content).bytes;
  const end = isShort ? writeUtf8(content, scratch, 0) : bytes.length;
  return { bytes, start: 0, end, id, sender, seq, sentAtMs, editedAtMs };
}

/** Two varints of at most 5 bytes, a tag, and the type. */
const frameOverheadBytesMax = 13;
