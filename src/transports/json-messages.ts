import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import protojson from 'protobufjs/ext/protojson.js';
import { ChatError } from '../protocol/errors.js';
import { ErrorCode, MessageType } from '../protocol/messages.js';

/**
 * Clients' messages in proto3 JSON (https://protobuf.dev/programming-guides/json), as the
 * frames that they stand for. From there on they are read like all others, with the same
 * checks, so nothing here knows what a message may say.
 */
const protoFile = new URL('../../../proto/tcpchat/v1/chat.proto', import.meta.url);
const messageType = protobuf
  .loadSync(fileURLToPath(protoFile))
  .lookupType('tcpchat.v1.ChatMessage');

/** As with protobuf, fields that are not known are dropped. */
const options = { ignoreUnknownFields: true } as const;

/** A frame with its length prefix. Throws `ChatError` for what is no ChatMessage. */
export function frameOfJson(text: string): Uint8Array {
  try {
    const json: unknown = JSON.parse(text);
    checkType(json);
    return messageType.encodeDelimited(protojson.fromJson(messageType, json, options)).finish();
  } catch (error) {
    if (error instanceof ChatError) throw error;
    const sentence = `the text is not a ChatMessage in JSON: ${(error as Error).message}`;
    throw new ChatError(ErrorCode.ERROR_CODE_UNDECODABLE, sentence, { cause: error });
  }
}

/** A type that does not exist would be dropped like an unknown field, and become an echo. */
function checkType(json: unknown): void {
  const type = (json as { readonly type?: unknown } | null)?.type;
  if (typeof type === 'string' && !(type in MessageType)) {
    throw new ChatError(ErrorCode.ERROR_CODE_UNKNOWN_TYPE);
  }
}
