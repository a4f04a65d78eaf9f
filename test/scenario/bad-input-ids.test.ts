import { expect } from 'chai';
import { decodeMessage } from '../../src/protocol/codec.js';
import { ErrorCode } from '../../src/protocol/messages.js';
import { bytes, field, frame, hex, tag } from '../support/bytes.js';
import { TestServer } from '../support/server.js';

const idField = 3;

// chat.proto, ErrorReply.id, Limits.id_bytes_max.
describe('the id of a frame that cannot be read to its end', () => {
  for (const [what, id, given] of [
    ['is given back', 'i'.repeat(64), 'i'.repeat(64)],
    ['is not given back when it is too long', 'i'.repeat(65), ''],
    ['is not given back when it is too long in bytes', '€'.repeat(22), ''],
    ['is not given back when it is as long as a frame can be', 'i'.repeat(65_000), ''],
  ] as const) {
    for (const [end, code, rest] of [
      ['a field that runs past it', ErrorCode.ERROR_CODE_UNDECODABLE, bytes(tag(1, 2), 100)],
      ['text that is not UTF-8', ErrorCode.ERROR_CODE_INVALID_UTF8, field(1, hex('ff'))],
    ] as const) {
      it(`${what}: ${end}`, async () => {
        await using server = await TestServer.start();
        const client = await server.full();
        client.sendBytes(frame(field(idField, id), rest));
        const answer = await client.nextBytes();
        expect(answer.length).to.be.lessThan(300);
        const { control } = decodeMessage(answer, 0, answer.length);
        expect(control).to.deep.include({ $case: 'error' });
        if (control?.$case === 'error') expect(control.error).to.include({ code, id: given });
        expect(await client.untilClosed()).to.deep.equal([]);
      });
    }
  }
});
