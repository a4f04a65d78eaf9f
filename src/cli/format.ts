import { marks } from '../protocol/limits.js';
import { messageToJson } from '../protocol/json.js';
import { MessageType, type ChatMessage } from '../protocol/messages.js';
import { isGuestName } from '../protocol/names.js';
import { printable, printableJson } from '../protocol/printable.js';

/** Makes a line of a message; `here` is the room that needs not be named. */
export type Format = (message: ChatMessage, here?: string) => string;

/**
 * A message as one line for people: `(echo)text`, `(broadcast)text`, or from somebody
 * with a name `[alice] (broadcast)text`; from another room than `here`, if that is
 * given, `#room ` in front. Safe for a terminal.
 */
export function messageLine({ content, type, sender, room }: ChatMessage, here = room): string {
  const text = printable(content);
  if (type === MessageType.ECHO) return marks.echo + text;
  const where = room === here ? '' : `#${printable(room)} `;
  const from = sender === '' || isGuestName(sender) ? '' : `[${printable(sender)}] `;
  return where + from + marks.broadcast + text;
}

/** A message as one line of proto3 JSON, safe for a terminal as well. */
export function messageJsonLine(message: ChatMessage): string {
  return printableJson(messageToJson(message));
}

/** `12 messages`, `1 message`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return count === 1 ? `1 ${noun}` : `${count} ${plural}`;
}

/** What is said of messages that a database has and that cannot be read. */
export function damageSentence({ fromSeq, toSeq }: { fromSeq: number; toSeq: number }): string {
  if (fromSeq === toSeq) return `message ${fromSeq} is damaged and cannot be read`;
  return `messages ${fromSeq} to ${toSeq} are damaged and cannot be read`;
}
