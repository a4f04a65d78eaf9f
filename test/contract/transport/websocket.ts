import { ErrorCode } from '../../../src/protocol/messages.js';
import { bytes, field, frame, hex, varint, type Part } from '../../support/bytes.js';
import { webSocketBinary, webSocketJson } from '../../support/websocket-dialect.js';
import { opcodes, webSocketFrame } from '../../support/websocket-frames.js';
import { largestFrame, type Transport } from './transport.js';

const { text, binary, ping, pong } = opcodes;

/** What is no message of the chat. */
const asides = [
  { what: 'a ping', bytes: message(ping, 'are you there?') },
  { what: 'a pong', bytes: message(pong) },
];

/** Messages of whole frames. */
export const binaryWebSocket: Transport = {
  name: 'WebSocket, binary',
  dialect: webSocketBinary,
  mustSpeak: true,
  largest: message(binary, frame(), frame(), largestFrame),
  violations: [
    {
      what: 'announced as too large',
      bytes: announced(binary, 65_536 + 5 + 1),
      code: ErrorCode.ERROR_CODE_FRAME_TOO_LARGE,
      closeCode: 1009,
    },
    {
      what: 'begun with a frame that is too large',
      bytes: message(binary, varint(65_537), new Uint8Array(1000)),
      code: ErrorCode.ERROR_CODE_FRAME_TOO_LARGE,
      closeCode: 1009,
    },
    {
      what: 'a part of a frame',
      bytes: message(binary, hex('04 0a')),
      code: ErrorCode.ERROR_CODE_FRAME_TRUNCATED,
      closeCode: 1007,
    },
    {
      what: 'empty',
      bytes: message(binary),
      code: ErrorCode.ERROR_CODE_FRAME_TRUNCATED,
      closeCode: 1007,
    },
    {
      what: 'not protobuf',
      bytes: message(binary, frame(hex('0a 05 68 69'))),
      code: ErrorCode.ERROR_CODE_UNDECODABLE,
      closeCode: 1007,
    },
    {
      what: 'not UTF-8',
      bytes: message(binary, frame(field(1, hex('ff')))),
      code: ErrorCode.ERROR_CODE_INVALID_UTF8,
      closeCode: 1007,
    },
    {
      what: 'text',
      bytes: message(text, '{}'),
      code: ErrorCode.ERROR_CODE_WRONG_MESSAGE_KIND,
      closeCode: 1003,
    },
    {
      what: 'not masked',
      bytes: bytes(0x80 | binary, 1, 0),
      code: ErrorCode.ERROR_CODE_BAD_WEBSOCKET,
      closeCode: 1002,
    },
  ],
  asides,
};

/** A message of JSON for each. */
export const jsonWebSocket: Transport = {
  name: 'WebSocket, JSON',
  dialect: webSocketJson,
  mustSpeak: true,
  largest: message(text, '{"content":"hi"}'.padEnd(65_536 + 5)),
  violations: [
    {
      what: 'announced as too large',
      bytes: announced(text, 65_536 + 5 + 1),
      code: ErrorCode.ERROR_CODE_FRAME_TOO_LARGE,
      closeCode: 1009,
    },
    {
      what: 'not JSON',
      bytes: message(text, '{"content":'),
      code: ErrorCode.ERROR_CODE_UNDECODABLE,
      closeCode: 1007,
    },
    {
      what: 'empty',
      bytes: message(text),
      code: ErrorCode.ERROR_CODE_UNDECODABLE,
      closeCode: 1007,
    },
    {
      what: 'JSON that is no ChatMessage',
      bytes: message(text, '{"content":5}'),
      code: ErrorCode.ERROR_CODE_UNDECODABLE,
      closeCode: 1007,
    },
    {
      what: 'not UTF-8',
      bytes: message(text, '{"content":"', hex('ff'), '"}'),
      code: ErrorCode.ERROR_CODE_INVALID_UTF8,
      closeCode: 1007,
    },
    {
      what: 'binary',
      bytes: message(binary, hex('04 0a 02 68 69')),
      code: ErrorCode.ERROR_CODE_WRONG_MESSAGE_KIND,
      closeCode: 1003,
    },
    {
      what: 'not masked',
      bytes: bytes(0x80 | text, 2, '{}'),
      code: ErrorCode.ERROR_CODE_BAD_WEBSOCKET,
      closeCode: 1002,
    },
  ],
  asides,
};

/** A message of a client in one frame of WebSocket. */
function message(opcode: number, ...payload: readonly Part[]): Uint8Array {
  return webSocketFrame({ opcode, payload: bytes(...payload) });
}

/** What stands in front of a message of that length. */
function announced(opcode: number, length: number): Uint8Array {
  return webSocketFrame({ opcode, length });
}
