import { ChatMessage, MessageType } from './messages.js';

/**
 * A message of the chat as proto3 JSON
 * (https://protobuf.dev/programming-guides/json): one line, 64-bit numbers as
 * strings. The type is always spelled out, also where it is the default.
 */
export function messageToJson(message: ChatMessage): string {
  const { content, ...fields } = ChatMessage.toJSON(message) as Record<string, unknown>;
  const type = message.type === MessageType.BROADCAST ? 'BROADCAST' : 'ECHO';
  const seq = message.seq === 0 ? {} : { seq: String(message.seq) };
  return JSON.stringify({ content: content ?? '', type, ...fields, ...seq });
}
