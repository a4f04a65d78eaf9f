import { broadcastMessage, chatMessage } from './codec.js';
import { messageToJson } from './json.js';
import { marks } from './limits.js';
import type {
  AckFields,
  Allocate,
  BroadcastFields,
  EncodedMessage,
  MessageWriter,
  PageFields,
} from './message-writer.js';
import { MessageType, type ChatMessage } from './messages.js';
import { TextMessages } from './text-messages.js';
import { readUtf8 } from './utf8.js';

/**
 * Collects messages as proto3 JSON, a WebSocket text message each. What every reader gets is
 * put together by hand, which takes a fraction of the time; a test holds it against the rest.
 */
export class JsonWriter implements MessageWriter {
  readonly #messages: TextMessages;
  /** Messages that come together have the same time, which takes its time to print. */
  #timeMs = 0;
  #time = new Date(0).toISOString();

  constructor(allocate: Allocate) {
    this.#messages = new TextMessages(allocate);
  }

  get isEmpty(): boolean {
    return this.#messages.isEmpty;
  }

  get bytes(): number {
    return this.#messages.chars;
  }

  bareEcho(bytes: Uint8Array, start: number, end: number): void {
    const content = marks.echo + readUtf8(bytes, start, end);
    this.#messages.push(`{"content":${JSON.stringify(content)},"type":"ECHO"}`);
  }

  echo(bytes: Uint8Array, start: number, end: number, id: string): void {
    this.message(chatMessage({ content: readUtf8(bytes, start, end), id }));
  }

  bareBroadcast({ bytes, start, end }: BroadcastFields): void {
    const marked = JSON.stringify(marks.broadcast + readUtf8(bytes, start, end));
    this.#messages.push(`{"content":${marked},"type":"BROADCAST"}`);
  }

  broadcast(room: string, fields: BroadcastFields): void {
    const { bytes, start, end, id, sender, seq, sentAtMs, editedAtMs } = fields;
    const content = JSON.stringify(readUtf8(bytes, start, end));
    const edited = editedAtMs === 0 ? '' : `,"editedAt":"${new Date(editedAtMs).toISOString()}"`;
    const idField = id === '' ? '' : `,"id":${JSON.stringify(id)}`;
    this.#messages.push(
      `{"content":${content},"type":"BROADCAST"${idField},"room":"${room}",` +
        `"sender":${JSON.stringify(sender)},"seq":"${seq}",` +
        `"sentAt":"${this.#timeOf(sentAtMs)}"${edited}}`,
    );
  }

  #timeOf(ms: number): string {
    if (ms !== this.#timeMs) {
      this.#timeMs = ms;
      this.#time = new Date(ms).toISOString();
    }
    return this.#time;
  }

  ack({ id, room, seq, sentAtMs, duplicate }: AckFields): void {
    const ack = { id, room, seq, duplicate, sentAt: new Date(sentAtMs) };
    this.message(chatMessage({ type: MessageType.ECHO, control: { $case: 'ack', ack } }));
  }

  page(id: string, { messages, ...rest }: PageFields): void {
    const { room } = rest;
    const all = messages.map((one) => ('control' in one ? one : broadcastMessage(room, one)));
    this.message(chatMessage({ id, control: { $case: 'page', page: { ...rest, messages: all } } }));
  }

  message(message: ChatMessage): void {
    this.#messages.push(messageToJson({ ...message, content: message.content.toWellFormed() }));
  }

  encoded({ json }: EncodedMessage, id: string): void {
    this.#messages.push(id === '' ? json : `{"id":${JSON.stringify(id)},${json.slice(1)}`);
  }

  take(): Uint8Array {
    return this.#messages.take();
  }
}
