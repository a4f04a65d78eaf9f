import type { AckFields, Allocate, BroadcastFields, MessageWriter } from './message-writer.js';
import type { ChatMessage } from './messages.js';
import { isGuestName } from './names.js';
import { TextMessages } from './text-messages.js';
import { readUtf8 } from './utf8.js';

/**
 * Collects messages as plain text for people, a WebSocket text message each. There are
 * broadcasts, and errors with their mark; the rest does not exist for such a session.
 */
export class TextWriter implements MessageWriter {
  readonly #messages: TextMessages;

  constructor(allocate: Allocate) {
    this.#messages = new TextMessages(allocate);
  }

  get isEmpty(): boolean {
    return this.#messages.isEmpty;
  }

  get bytes(): number {
    return this.#messages.chars;
  }

  bareEcho(): void {
    throw new Error('what a session of plain text says is never an echo');
  }

  echo(): void {
    throw new Error('a session of plain text is never full');
  }

  bareBroadcast({ sender, bytes, start, end }: BroadcastFields): void {
    const content = readUtf8(bytes, start, end);
    this.#messages.push(isGuestName(sender) ? content : `[${sender}] ${content}`);
  }

  broadcast(_room: string, fields: BroadcastFields): void {
    this.bareBroadcast(fields);
  }

  ack(_fields: AckFields): void {
    throw new Error('a session of plain text is never full');
  }

  page(): void {
    throw new Error('a session of plain text is never full');
  }

  message({ content }: ChatMessage): void {
    this.#messages.push(content.toWellFormed());
  }

  encoded(): void {
    throw new Error('a session of plain text is never full');
  }

  take(): Uint8Array {
    return this.#messages.take();
  }
}
