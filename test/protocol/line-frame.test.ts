import { expect } from 'chai';
import fc from 'fast-check';
import { chatMessage, encodeFrame } from '../../src/protocol/codec.js';
import { broadcastFrame } from '../../src/protocol/line-frame.js';
import { MessageType } from '../../src/protocol/messages.js';

describe('broadcastFrame', () => {
  it('is what the generated code makes of a broadcast', () => {
    const text = fc.oneof(fc.string({ maxLength: 300 }), fc.string({ minLength: 10_000 }));
    fc.assert(
      fc.property(text, (given) => {
        const content = given.toWellFormed();
        const message = chatMessage({ content, type: MessageType.BROADCAST });
        expect(broadcastFrame(Buffer.from(content))).to.deep.equal(encodeFrame(message));
      }),
    );
  });
});
