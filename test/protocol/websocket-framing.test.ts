import { expect } from 'chai';
import fc from 'fast-check';
import {
  closeFrame,
  controlFrame,
  headerBytes,
  MessageTracker,
  opcodes,
  writeHeader,
} from '../../src/protocol/websocket-framing.js';

// RFC 6455 section 5.2.
describe('writeHeader', () => {
  const form = (payloadBytes: number): Buffer => {
    const header = Buffer.alloc(20, 0xee);
    const end = writeHeader(header, 3, opcodes.binary, payloadBytes);
    expect(end - 3).to.equal(headerBytes(payloadBytes));
    expect([...header.subarray(0, 3), ...header.subarray(end)]).to.deep.equal(
      Array.from({ length: 20 + 3 - end }, () => 0xee),
    );
    return header.subarray(3, end);
  };

  it('writes the length in as few bytes as there may be', () => {
    const lengths = fc.oneof(
      fc.nat(130),
      fc.integer({ min: 65_500, max: 65_600 }),
      fc.nat(2 ** 31 - 1),
      fc.integer({ min: 2 ** 31, max: 2 ** 32 - 1 }),
      fc.constantFrom(0, 125, 126, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1),
    );
    fc.assert(
      fc.property(lengths, (length) => {
        const header = form(length);
        expect(header[0]).to.equal(0x82);
        if (length < 126) {
          expect([...header.subarray(1)]).to.deep.equal([length]);
        } else if (length < 65_536) {
          expect(header).to.have.length(4);
          expect(header[1]).to.equal(126);
          expect(header.readUInt16BE(2)).to.equal(length);
        } else {
          expect(header).to.have.length(10);
          expect(header[1]).to.equal(127);
          expect(header.readBigUInt64BE(2)).to.equal(BigInt(length));
        }
      }),
      { numRuns: 1000 },
    );
  });
});

// RFC 6455 sections 5.5 and 7.4.
describe('closeFrame', () => {
  it('holds the code, and of the sentence as many whole characters as there is room for', () => {
    const sentences = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'binary', minLength: 100, maxLength: 200, size: 'max' }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 4999 }), sentences, (code, sentence) => {
        const frame = Buffer.from(closeFrame(code, sentence));
        expect(frame[0]).to.equal(0x88);
        expect(frame[1]).to.equal(frame.length - 2);
        expect(frame.length).to.be.at.most(2 + 125);
        expect(frame.readUInt16BE(2)).to.equal(code);
        const reason = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
          frame.subarray(4),
        );
        expect(sentence.startsWith(reason)).to.equal(true);
        const [next = ''] = sentence.slice(reason.length);
        expect(next === '' || frame.length + Buffer.byteLength(next) > 2 + 125).to.equal(true);
      }),
    );
  });
});

describe('controlFrame', () => {
  it('holds its payload', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 125 }), (payload) => {
        expect([...controlFrame(opcodes.pong, payload)]).to.deep.equal([
          0x8a,
          payload.length,
          ...payload,
        ]);
      }),
    );
  });
});

describe('MessageTracker', () => {
  /** A frame of a client: its bytes, and whether a message goes on after it. */
  interface Frame {
    readonly bytes: Uint8Array;
    readonly goesOn: boolean;
  }

  const control = fc.record({
    opcode: fc.constantFrom(opcodes.ping, opcodes.pong),
    length: fc.nat(125),
  });
  const length = fc.oneof(
    fc.nat(200),
    fc.nat(70_000),
    fc.constantFrom(0, 125, 126, 65_535, 65_536),
  );
  const messages = fc.array(
    fc.record({
      opcode: fc.constantFrom(opcodes.text, opcodes.binary),
      fragments: fc.array(fc.record({ length, before: fc.array(control, { maxLength: 2 }) }), {
        minLength: 1,
        maxLength: 4,
      }),
      after: fc.array(control, { maxLength: 2 }),
    }),
    { maxLength: 4 },
  );

  /** All of a piece; returns where frames ended in it. */
  function follow(tracker: MessageTracker, piece: Uint8Array): number[] {
    const ends: number[] = [];
    for (let position = 0; position < piece.length;) {
      position = tracker.follow(piece, position);
      if (!tracker.isInFrame) ends.push(position);
    }
    return ends;
  }

  function frameOf(first: number, payloadBytes: number, isMasked: boolean): Uint8Array {
    const header = Buffer.alloc(10);
    const end = writeHeader(header, 0, opcodes.text, payloadBytes);
    header[0] = first;
    if (isMasked) header[1]! |= 0x80;
    // What is in it is nobody's business; it looks like headers.
    const rest = Buffer.alloc((isMasked ? 4 : 0) + payloadBytes, 0x01);
    return Buffer.concat([header.subarray(0, end), rest]);
  }

  it('knows at every byte whether something has been begun, however the bytes are split', () => {
    const cuts = fc.array(fc.oneof(fc.constantFrom(1, 2, 3), fc.nat(40_000)), { maxLength: 60 });
    fc.assert(
      fc.property(messages, cuts, fc.boolean(), (sent, sizes, isMasked) => {
        const frames: Frame[] = [];
        for (const { opcode, fragments, after } of sent) {
          for (const [index, fragment] of fragments.entries()) {
            const isFirst = index === 0;
            const isLast = index === fragments.length - 1;
            for (const aside of fragment.before) {
              const bytes = frameOf(0x80 | aside.opcode, aside.length, isMasked);
              frames.push({ bytes, goesOn: !isFirst });
            }
            const first = (isLast ? 0x80 : 0) | (isFirst ? opcode : 0);
            frames.push({ bytes: frameOf(first, fragment.length, isMasked), goesOn: !isLast });
          }
          for (const aside of after) {
            const bytes = frameOf(0x80 | aside.opcode, aside.length, isMasked);
            frames.push({ bytes, goesOn: false });
          }
        }
        /** Where nothing is begun. */
        const rests = new Set([0]);
        let end = 0;
        for (const { bytes, goesOn } of frames) {
          end += bytes.length;
          if (!goesOn) rests.add(end);
        }

        const stream = Buffer.concat(frames.map(({ bytes }) => bytes));
        const tracker = new MessageTracker();
        let position = 0;
        for (const size of [...sizes, stream.length]) {
          const piece = stream.subarray(position, position + size);
          follow(tracker, piece);
          position += piece.length;
          expect(tracker.isMidMessage, `at ${position}`).to.equal(!rests.has(position));
        }
        expect(tracker.isMidMessage).to.equal(false);
      }),
      { numRuns: 300 },
    );
  });

  it('stops after each frame', () => {
    const frames = [frameOf(0x81, 0, true), frameOf(0x01, 3, true), frameOf(0x80, 200, false)];
    const tracker = new MessageTracker();
    let end = 0;
    const ends = frames.map(({ length }) => (end += length));
    expect(follow(tracker, Buffer.concat(frames))).to.deep.equal(ends);
  });

  it('waits for what is announced, however long', () => {
    const tracker = new MessageTracker();
    const header = Buffer.alloc(14, 0xff);
    header[0] = 0x82;
    follow(tracker, header);
    for (let count = 0; count < 100; count += 1) follow(tracker, new Uint8Array(100_000));
    expect(tracker.isMidMessage).to.equal(true);
  });
});
