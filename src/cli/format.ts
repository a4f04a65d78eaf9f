import { marks } from '../protocol/limits.js';
import { messageToJson } from '../protocol/json.js';
import { MessageType, type ChatMessage } from '../protocol/messages.js';
import { isGuestName } from '../protocol/names.js';
import { printable, printableJson } from '../protocol/printable.js';

/**
 * A message as one line for people: `(echo)text`, `(broadcast)text`, or from somebody
 * with a name `[alice] (broadcast)text`. Safe for a terminal.
 */
export function messageLine({ content, type, sender }: ChatMessage): string {
  const text = printable(content);
  if (type === MessageType.ECHO) return marks.echo + text;
  const from = sender === '' || isGuestName(sender) ? '' : `[${printable(sender)}] `;
  return from + marks.broadcast + text;
}

/** A message as one line of proto3 JSON, safe for a terminal as well. */
export function messageJsonLine(message: ChatMessage): string {
  return printableJson(messageToJson(message));
}
