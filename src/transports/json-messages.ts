import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import protojson from 'protobufjs/ext/protojson.js';
import { ChatError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/messages.js';
import { printable } from '../protocol/printable.js';

/**
 * Clients' messages in proto3 JSON (https://protobuf.dev/programming-guides/json), as the
 * frames that they stand for. From there on they are read like all others, with the same
 * checks, so nothing here knows what a message may say.
 */
const protoFile = new URL('../../../proto/tcpchat/v1/chat.proto', import.meta.url);
const schema = protobuf.loadSync(fileURLToPath(protoFile));
const messageType = schema.lookupType('tcpchat.v1.ChatMessage');
const typeNames = schema.lookupEnum('tcpchat.v1.MessageType').values;

/** As with protobuf, fields that are not known are dropped. */
const options = { ignoreUnknownFields: true } as const;

/** The reason quotes what is wrong, which may be all that the client has sent. */
const reasonCharsMax = 200;

/** A frame with its length prefix. Throws `ChatError` for what is no ChatMessage. */
export function frameOfJson(text: string): Uint8Array {
  try {
    const json: unknown = JSON.parse(text);
    checkType(json);
    return messageType.encodeDelimited(protojson.fromJson(messageType, json, options)).finish();
  } catch (error) {
    if (error instanceof ChatError) throw error;
    const reason = printable((error as Error).message.slice(0, reasonCharsMax));
    const sentence = `the text is not a ChatMessage in JSON: ${reason}`;
    throw new ChatError(ErrorCode.ERROR_CODE_UNDECODABLE, sentence, { cause: error });
  }
}

/** A type that does not exist would be dropped like an unknown field, and become an echo. */
function checkType(json: unknown): void {
  const type = (json as { readonly type?: unknown } | null)?.type;
  if (typeof type === 'string' && !Object.hasOwn(typeNames, type)) {
    throw new ChatError(ErrorCode.ERROR_CODE_UNKNOWN_TYPE);
  }
}
