import { ErrorCode } from '../../src/protocol/messages.js';
import { transportContract } from '../contract/transport.js';
import { bytes, hex } from '../support/bytes.js';
import {
  opcodes,
  webSocketFrame,
  webSocketHead,
  webSocketJson,
} from '../support/websocket-dialect.js';

const { text, binary } = opcodes;

transportContract({
  name: 'WebSocket, JSON',
  dialect: webSocketJson,
  mustSpeak: true,
  largest: webSocketFrame(text, '{"content":"hi"}'.padEnd(65_536 + 5)),
  violations: [
    {
      what: 'announced as too large',
      bytes: webSocketHead(text, 65_536 + 5 + 1),
      code: ErrorCode.ERROR_CODE_FRAME_TOO_LARGE,
      closeCode: 1009,
    },
    {
      what: 'not JSON',
      bytes: webSocketFrame(text, '{"content":'),
      code: ErrorCode.ERROR_CODE_UNDECODABLE,
      closeCode: 1007,
    },
    {
      what: 'empty',
      bytes: webSocketFrame(text),
      code: ErrorCode.ERROR_CODE_UNDECODABLE,
      closeCode: 1007,
    },
    {
      what: 'JSON that is no ChatMessage',
      bytes: webSocketFrame(text, '{"content":5}'),
      code: ErrorCode.ERROR_CODE_UNDECODABLE,
      closeCode: 1007,
    },
    {
      what: 'not UTF-8',
      bytes: webSocketFrame(text, '{"content":"', hex('ff'), '"}'),
      code: ErrorCode.ERROR_CODE_INVALID_UTF8,
      closeCode: 1007,
    },
    {
      what: 'binary',
      bytes: webSocketFrame(binary, hex('04 0a 02 68 69')),
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
  asides: [
    { what: 'a ping', bytes: webSocketFrame(opcodes.ping, 'are you there?') },
    { what: 'a pong', bytes: webSocketFrame(opcodes.pong) },
  ],
});
