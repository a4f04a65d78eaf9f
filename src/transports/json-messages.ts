import protobuf from 'protobufjs';
import protojson from 'protobufjs/ext/protojson.js';
import { ChatError } from '../protocol/errors.js';
import { schema } from '../protocol/generated/schema.js';
import { ErrorCode } from '../protocol/messages.js';
import { printable } from '../protocol/printable.js';

/**
 * Clients' messages in proto3 JSON (https://protobuf.dev/programming-guides/json), as the
 * frames that they stand for. From there on they are read like all others, with the same
 * checks, so nothing here knows what a message may say.
 */
const root = protobuf.Root.fromJSON(schema);
const messageType = root.lookupType('tcpchat.v1.ChatMessage');
const typeNames = root.lookupEnum('tcpchat.v1.MessageType').values;

/** As with protobuf, fields that are not known are dropped. */
const options = { ignoreUnknownFields: true } as const;

/** The names of all fields of a frame, as they may be spelled. */
const fieldNames: ReadonlySet<string> = new Set(
  messageType.fieldsArray.flatMap(({ name, protoName }) => [name, protoName ?? name]),
);

const controlNames: ReadonlySet<string> = new Set(
  messageType.oneofs['control']!.fieldsArray.flatMap(({ name, protoName }) => [
    name,
    protoName ?? name,
  ]),
);

/** An empty message in field 31, which chat.proto keeps for a request that is not known. */
const unknownRequest = Uint8Array.of(0xfa, 0x01, 0x00);

/** What stands for a type that is not known; protobuf has numbers for types. */
const unknownType = -1;

/** The reason quotes what is wrong, which may be all that the client has sent. */
const reasonCharsMax = 200;

/** A frame with its length prefix. Throws `ChatError` for what is no ChatMessage. */
export function frameOfJson(text: string): Uint8Array {
  try {
    const json = withKnownType(JSON.parse(text));
    const message = protojson.fromJson(messageType, json, options);
    if (!isUnknownRequest(json)) return messageType.encodeDelimited(message).finish();
    const known = messageType.encode(message).finish();
    return protobuf.Writer.create()
      .bytes(Buffer.concat([known, unknownRequest]))
      .finish();
  } catch (error) {
    const reason = printable((error as Error).message.slice(0, reasonCharsMax));
    const sentence = `the text is not a ChatMessage in JSON: ${reason}`;
    throw new ChatError(ErrorCode.ERROR_CODE_UNDECODABLE, sentence, { cause: error });
  }
}

/** A type that does not exist would be dropped like an unknown field, and become an echo. */
function withKnownType(json: unknown): unknown {
  const type = (json as { readonly type?: unknown } | null)?.type;
  const isKnown = typeof type !== 'string' || Object.hasOwn(typeNames, type);
  return isKnown ? json : { ...(json as object), type: unknownType };
}

/**
 * Whether a message asks for something that this server does not know: apart from fields that
 * any frame may have, it has only unknown ones. With a content or a type it is a message of the
 * chat, and what else is in it is dropped. Without all of them it would become an empty echo,
 * and whoever sent it would wait for an answer.
 */
function isUnknownRequest(json: unknown): boolean {
  const fields = json as object;
  if ('content' in fields || 'type' in fields) return false;
  const names = Object.keys(fields);
  const hasUnknown = names.some((name) => !fieldNames.has(name));
  return hasUnknown && !names.some((name) => controlNames.has(name));
}
