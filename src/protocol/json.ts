import { schema } from './generated/schema.js';
import { MessageType, type ChatMessage } from './messages.js';

/**
 * A message as proto3 JSON (https://protobuf.dev/programming-guides/json): one line,
 * 64-bit numbers as strings. What a message of the chat says is always spelled out, also
 * where it is the default: its content and its type.
 */
export function messageToJson(message: ChatMessage): string {
  const json = fieldsToJson('ChatMessage', message);
  if (message.control !== undefined) return JSON.stringify(json);
  const type = message.type === MessageType.BROADCAST ? 'BROADCAST' : 'ECHO';
  return JSON.stringify({ content: message.content, type, ...json });
}

/** What the descriptor says of a type; a message has fields, an enum has values. */
interface TypeSchema {
  readonly fields?: Readonly<Record<string, FieldSchema>>;
  readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>>;
  readonly values?: Readonly<Record<string, number>>;
}

interface FieldSchema {
  readonly type: string;
  readonly rule?: string;
}

const types: Readonly<Record<string, TypeSchema>> = schema.nested.tcpchat.nested.v1.nested;

/** An object of the generated code: a oneof is a union with the field's name as `$case`. */
type Fields = Readonly<Record<string, unknown>>;

function fieldsToJson(typeName: string, message: object): Record<string, unknown> {
  const { fields = {}, oneofs = {} } = types[typeName]!;
  const values = message as Fields;
  const json: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (!isAbsent(values[name])) json[name] = valueToJson(field, values[name]);
  }
  for (const oneof of Object.keys(oneofs)) {
    const chosen = values[oneof] as ({ readonly $case: string } & Fields) | undefined;
    // Of a oneof also a default is said: it tells which one was chosen.
    if (chosen === undefined) continue;
    const { $case: name } = chosen;
    json[name] = valueToJson(fields[name]!, chosen[name]);
  }
  return json;
}

/** Whether proto3 leaves a value out that is not in a oneof. */
function isAbsent(value: unknown): boolean {
  return !value || (Array.isArray(value) && value.length === 0);
}

function valueToJson(field: FieldSchema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => singleToJson(field.type, one));
  return singleToJson(field.type, value);
}

function singleToJson(type: string, value: unknown): unknown {
  if (type === 'google.protobuf.Timestamp') return (value as Date).toISOString();
  if (type === 'uint64') return String(value);
  const { fields, values } = types[type] ?? {};
  if (fields !== undefined) return fieldsToJson(type, value as object);
  if (values === undefined) return value;
  // A value that is newer than this code has no name here.
  return Object.keys(values).find((name) => values[name] === value) ?? value;
}
