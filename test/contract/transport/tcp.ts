import { ErrorCode } from '../../../src/protocol/messages.js';
import { field, frame, hex, varint } from '../../support/bytes.js';
import { tcpDialect } from '../../support/dialect.js';
import { largestFrame, type Transport } from './transport.js';

const closeCode = 0; // there are none

/** A stream of frames, as it is over TCP and over all that carries a stream as TCP does. */
export const tcp: Transport = {
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
};
