import { ErrorCode } from '../../src/protocol/messages.js';
import { transportContract } from '../contract/transport.js';
import { largestFrame } from '../contract/transport/transport.js';
import { field, frame, hex, varint } from '../support/bytes.js';
import { tcpDialect } from '../support/dialect.js';

const closeCode = 0; // there are none

transportContract({
  name: 'TCP',
  dialect: tcpDialect,
  mustSpeak: false,
  largest: largestFrame,
  violations: [
    {
      what: 'announced with too many bytes of length',
      bytes: hex('ff ff ff ff ff ff'),
      code: ErrorCode.ERROR_CODE_BAD_LENGTH,
      closeCode,
    },
    {
      what: 'announced as too large',
      bytes: varint(65_537),
      code: ErrorCode.ERROR_CODE_FRAME_TOO_LARGE,
      closeCode,
    },
    {
      what: 'not protobuf',
      bytes: frame(hex('0a 05 68 69')),
      code: ErrorCode.ERROR_CODE_UNDECODABLE,
      closeCode,
    },
    {
      what: 'not UTF-8',
      bytes: frame(field(1, hex('ff'))),
      code: ErrorCode.ERROR_CODE_INVALID_UTF8,
      closeCode,
    },
  ],
  asides: [],
});
