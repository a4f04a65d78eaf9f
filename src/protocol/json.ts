import { ChatMessage, MessageType } from './messages.js';

/**
 * A message as proto3 JSON (https://protobuf.dev/programming-guides/json): one line,
 * 64-bit numbers as strings. What a message of the chat says is always spelled out, also
 * where it is the default: its content and its type.
 */
export function messageToJson(message: ChatMessage): string {
  const { content, ...fields } = ChatMessage.toJSON(message) as Record<string, unknown>;
  const type = message.type === MessageType.BROADCAST ? 'BROADCAST' : 'ECHO';
  const said = message.control === undefined ? { content: content ?? '', type } : {};
  return JSON.stringify({ ...said, ...fields }, longAsText);
}

/** The 64-bit numbers of chat.proto, which the generated code leaves as numbers. */
const longFields: ReadonlySet<string> = new Set([
  'seq',
  'firstSeq',
  'headSeq',
  'tailSeq',
  'fromSeq',
  'toSeq',
  'before',
  'after',
]);

function longAsText(key: string, value: unknown): unknown {
  return typeof value === 'number' && longFields.has(key) ? String(value) : value;
}
