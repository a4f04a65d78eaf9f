import { expect } from 'chai';
import fc from 'fast-check';
import { ChatError } from '../../src/protocol/errors.js';
import { FrameDecoder, type FrameSink } from '../../src/protocol/framing.js';
import { ErrorCode } from '../../src/protocol/messages.js';

const frameBytesMax = 64 * 1024;

/** Keeps copies of the frames it gets, and stops the decoder after as many as it is told. */
class Collector implements FrameSink {
  readonly frames: Buffer[] = [];
  /** The chunks in which the frames lay. */
  readonly chunks: Uint8Array[] = [];
  stopAfter = Infinity;

  frame(bytes: Uint8Array, start: number, end: number): boolean {
    this.frames.push(Buffer.from(bytes.subarray(start, end)));
    this.chunks.push(bytes);
    return this.frames.length < this.stopAfter;
  }
}

/** A length prefix as protobuf's own helpers write it. */
function prefix(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

function framed(...bodies: readonly Uint8Array[]): Buffer {
  return Buffer.concat(bodies.flatMap((body) => [prefix(body.length), body]));
}

/** Cuts bytes at the given places, in any order. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [
    ...new Set([0, ...places.map((place) => place % (bytes.length + 1)), bytes.length]),
  ];
  sorted.sort((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

function codeOf(action: () => unknown): ErrorCode | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof ChatError) return error.code;
    throw error;
  }
}

describe('FrameDecoder', () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });

  it('gives the same frames however the bytes are split', () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(5000), { maxLength: 30 }), (frames, places) => {
        const collector = new Collector();
        const decoder = new FrameDecoder(frameBytesMax);
        for (const chunk of cut(framed(...frames), places)) decoder.push(chunk, collector);
        expect(collector.frames).to.deep.equal(frames.map((frame) => Buffer.from(frame)));
        expect(decoder.isMidFrame).to.equal(false);
      }),
    );
  });

  it('gives the same frames when it is stopped after any of them', () => {
    fc.assert(
      fc.property(
        bodies,
        fc.array(fc.nat(5000)),
        fc.integer({ min: 1, max: 5 }),
        (frames, places, step) => {
          const collector = new Collector();
          const decoder = new FrameDecoder(frameBytesMax);
          collector.stopAfter = step;
          for (const chunk of cut(framed(...frames), places)) {
            let taken = decoder.push(chunk, collector);
            while (taken < chunk.length) {
              collector.stopAfter += step;
              taken += decoder.push(chunk.subarray(taken), collector);
            }
          }
          expect(collector.frames).to.deep.equal(frames.map((frame) => Buffer.from(frame)));
        },
      ),
    );
  });

  it('says how much it has taken, and keeps nothing of the rest', () => {
    const collector = new Collector();
    const decoder = new FrameDecoder(frameBytesMax);
    const bytes = framed(Buffer.from('a'), Buffer.from('b'));
    collector.stopAfter = 1;
    expect(decoder.push(bytes, collector)).to.equal(2);
    expect(decoder.isMidFrame).to.equal(false);
    expect(decoder.bytesHeld).to.equal(0);
    collector.stopAfter = Infinity;
    expect(decoder.push(bytes.subarray(2), collector)).to.equal(2);
    expect(collector.frames.map(String)).to.deep.equal(['a', 'b']);
  });

  it('does not copy a frame that lies whole in its chunk', () => {
    const collector = new Collector();
    const chunk = framed(Buffer.from('one'), Buffer.from('two'));
    new FrameDecoder(frameBytesMax).push(chunk, collector);
    expect(collector.chunks).to.deep.equal([chunk, chunk]);
    expect(collector.chunks.every((bytes) => bytes === chunk)).to.equal(true);
  });

  it('takes a frame of exactly the limit and refuses one more byte by its prefix alone', () => {
    const collector = new Collector();
    new FrameDecoder(frameBytesMax).push(framed(Buffer.alloc(frameBytesMax, 7)), collector);
    expect(collector.frames[0]?.length).to.equal(frameBytesMax);

    const tooLong = new FrameDecoder(frameBytesMax);
    expect(codeOf(() => tooLong.push(prefix(frameBytesMax + 1), collector))).to.equal(
      ErrorCode.ERROR_CODE_FRAME_TOO_LARGE,
    );
  });

  for (const [name, hex, code] of [
    ['2^31', '8080808008', ErrorCode.ERROR_CODE_FRAME_TOO_LARGE],
    ['2^32 - 1', 'ffffffff0f', ErrorCode.ERROR_CODE_FRAME_TOO_LARGE],
    ['the largest number of five bytes', 'ffffffff7f', ErrorCode.ERROR_CODE_FRAME_TOO_LARGE],
    ['2^63', '80808080808080808001', ErrorCode.ERROR_CODE_BAD_LENGTH],
    ['a varint of 11 bytes', 'ffffffffffffffffffff01', ErrorCode.ERROR_CODE_BAD_LENGTH],
    ['zero in six bytes', '808080808000', ErrorCode.ERROR_CODE_BAD_LENGTH],
  ] as const) {
    it(`refuses a length of ${name}, whole or byte by byte`, () => {
      const bytes = Buffer.from(hex, 'hex');
      for (const chunks of [[bytes], Array.from(bytes, (byte) => Buffer.from([byte]))]) {
        const decoder = new FrameDecoder(frameBytesMax);
        const push = (): void => chunks.forEach((chunk) => decoder.push(chunk, new Collector()));
        expect(codeOf(push)).to.equal(code);
      }
    });
  }

  it('hands out the frames before a bad prefix', () => {
    const collector = new Collector();
    const bytes = Buffer.concat([framed(Buffer.from('good')), Buffer.from('ffffffffff', 'hex')]);
    expect(codeOf(() => new FrameDecoder(frameBytesMax).push(bytes, collector))).to.equal(
      ErrorCode.ERROR_CODE_BAD_LENGTH,
    );
    expect(collector.frames.map(String)).to.deep.equal(['good']);
  });

  it('survives any bytes: frames within the limit, or a coded refusal', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }), (chunks) => {
        const collector = new Collector();
        const decoder = new FrameDecoder(200);
        const code = codeOf(() => chunks.forEach((chunk) => decoder.push(chunk, collector)));
        expect(code).to.be.oneOf([
          undefined,
          ErrorCode.ERROR_CODE_BAD_LENGTH,
          ErrorCode.ERROR_CODE_FRAME_TOO_LARGE,
        ]);
        expect(collector.frames.every((frame) => frame.length <= 200)).to.equal(true);
      }),
    );
  });

  it('allocates for what has arrived, not for what was announced', () => {
    const decoders = Array.from({ length: 2000 }, () => new FrameDecoder(frameBytesMax));
    const before = process.memoryUsage().arrayBuffers;
    const start = Buffer.concat([prefix(frameBytesMax), Buffer.from('a')]);
    for (const decoder of decoders) decoder.push(start, new Collector());
    const bytesEach = (process.memoryUsage().arrayBuffers - before) / decoders.length;
    expect(bytesEach).to.be.below(2048);
    expect(decoders.every((decoder) => decoder.isMidFrame)).to.equal(true);
  });
});
