import { expect } from 'chai';
import fc from 'fast-check';
import { chatMessage, ClientFrame, decodeMessage, encodeFrame } from '../../src/protocol/codec.js';
import { ChatError } from '../../src/protocol/errors.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import { defaultLimits } from '../../src/protocol/limits.js';
import { ChatMessage, ErrorCode } from '../../src/protocol/messages.js';
import { chatMessageShape, type Shape } from '../../src/protocol/wire.js';
import { hex as bytesOf, varint } from '../support/bytes.js';
import { reflection } from '../support/reflection.js';
import { vectors } from '../support/vectors.js';

const protobufjs = await reflection();

describe('a vector of frames.json', () => {
  it('has a name of its own', () => {
    const names = Object.values(vectors).flatMap((list: readonly { name: string }[]) =>
      list.map(({ name }) => name),
    );
    expect(names).to.deep.equal([...new Set(names)]);
  });

  for (const { name, hex, message } of vectors.canonical) {
    it(`is read and written by this codec and by protobufjs, byte for byte: ${name}`, () => {
      const body = onlyFrame(hex);
      expect(hexOf(encodeFrame(decode(body)))).to.equal(hex);
      expect(hexOf(encodeFrame(protobufjs.object(message)))).to.equal(hex);
      expect(protobufjs.read(body)).to.deep.equal(message);
      expect(hexOf(protobufjs.write(message))).to.equal(hexOf(body));
    });
  }

  for (const { name, hex, message } of [...vectors.decodeOnly, ...vectors.refused]) {
    it(`is read by this codec and by protobufjs as the same message: ${name}`, () => {
      const body = onlyFrame(hex);
      expect(protobufjs.read(body)).to.deep.equal(message);
      const rewritten = onlyFrame(hexOf(encodeFrame(decode(body))));
      expect(hexOf(rewritten)).to.equal(hexOf(protobufjs.write(message)));
    });
  }

  for (const { name, hex } of [...vectors.canonical, ...vectors.decodeOnly, ...vectors.refused]) {
    it(`has the same fields for a server as for a client: ${name}`, () => {
      const body = onlyFrame(hex);
      const frame = new ClientFrame();
      frame.read(body, 0, body.length);
      expect(clientFields(frame)).to.deep.equal(clientFieldsOf(decode(body)));
    });
  }

  for (const { name, hex, error } of vectors.invalid) {
    it(`is refused with ${error}: ${name}`, () => {
      for (const read of [decodeMessage, readAsServer]) {
        expect(ErrorCode[codeOf(() => readStream(bytesOf(hex), read))]).to.equal(error);
      }
    });
  }
});

describe('the codec', function () {
  this.timeout(60_000);

  it('reads what protobufjs writes and writes what protobufjs reads, for any message', () => {
    fc.assert(
      fc.property(protobufjs.messages, (json) => {
        const body = protobufjs.write(json);
        const message = decode(body);
        expect(message).to.deep.equal(protobufjs.object(json));
        const written = onlyFrame(hexOf(encodeFrame(message)));
        // A field of a oneof may come before others with smaller numbers.
        expect(written.length).to.equal(body.length);
        expect(protobufjs.read(written)).to.deep.equal(protobufjs.read(body));
      }),
      { numRuns: 500 },
    );
  });

  it('reads a client’s frame as the generated code and protobufjs do, whatever the order of its fields', () => {
    fc.assert(
      fc.property(clientFrames(), (body) => {
        const frame = new ClientFrame();
        frame.read(body, 0, body.length);
        const generated = ChatMessage.decode(body);
        expect(clientFields(frame)).to.deep.equal(clientFieldsOf(generated));
        expect(decode(body)).to.deep.equal(generated);
        expect(protobufjs.read(body)).to.deep.equal(protobufjs.read(encodedBody(generated)));
      }),
      { numRuns: 1000 },
    );
  });

  it('reads a frame inside a larger chunk as it reads it alone', () => {
    fc.assert(
      fc.property(clientFrames(), fc.uint8Array(), fc.uint8Array(), (body, ahead, after) => {
        const chunk = Buffer.concat([ahead, body, after]);
        const end = ahead.length + body.length;
        const frame = new ClientFrame();
        frame.read(chunk, ahead.length, end);
        expect(clientFields(frame)).to.deep.equal(clientFieldsOf(decode(body)));
        expect(decodeMessage(chunk, ahead.length, end)).to.deep.equal(decode(body));
      }),
    );
  });

  it('takes no frame that protobufjs does not take, and refuses alike for server and client', () => {
    fc.assert(
      fc.property(damagedFrames(), (body) => {
        const asClient = codeOf(() => decode(body));
        // As a server it does not look at the numbers that are not a client's to set.
        const asServer = codeOf(() => readAsServer(body, 0, body.length));
        if (asServer !== asClient) expect([asClient, asServer]).to.deep.equal([undecodable, none]);
        if (asServer === none) protobufjs.read(body);
      }),
      { numRuns: 2000 },
    );
  });

  it('drops a seq and a sent_at from a client without a look, also beside a control message', () => {
    const ping = bytesOf('aa01020801');
    // 2^64 - 1, and a time beyond all calendars.
    for (const owned of ['30ffffffffffffffffff01', '3a0b08ffffffffffffffffff01']) {
      const body = Buffer.concat([bytesOf(owned), ping]);
      const frame = new ClientFrame();
      frame.read(body, 0, body.length);
      expect(frame.control).to.deep.equal({ $case: 'ping', ping: { nonce: 1 } });
    }
  });

  it('refuses a seq of 2^53, which a number of JavaScript cannot tell from its neighbour', () => {
    expect(codeOf(() => decode(bytesOf('308080808080808010')))).to.equal(undecodable);
  });

  // Not a vector: the runtimes of C++ and Java cut such a tag off at 32 bits.
  it('refuses a tag of 2^32 + 10, which is not that of content', () => {
    expect(codeOf(() => decode(bytesOf('8a808080 10 02 6869')))).to.equal(undecodable);
  });

  it('writes a lone surrogate as U+FFFD, since it has no UTF-8', () => {
    for (const before of ['', 'a'.repeat(50), 'a'.repeat(200)]) {
      const message = chatMessage({ content: `${before}\ud83d` });
      const body = onlyFrame(hexOf(encodeFrame(message)));
      expect(decode(body).content).to.equal(`${before}\ufffd`);
    }
  });
});

describe('the table of strings and messages', () => {
  it('is that of chat.proto', () => {
    expect(differences(chatMessageShape, protobufjs.shape, '', new Set())).to.deep.equal([]);
  });
});

const none = ErrorCode.ERROR_CODE_UNSPECIFIED;
const undecodable = ErrorCode.ERROR_CODE_UNDECODABLE;

type ReadFrame = (bytes: Uint8Array, start: number, end: number) => unknown;

/** Reads a stream that ends after `bytes`, as a transport and a session do. */
function readStream(bytes: Uint8Array, read: ReadFrame): void {
  const decoder = new FrameDecoder(defaultLimits.frameBytesMax);
  decoder.push(bytes, {
    frame(chunk, start, end) {
      read(chunk, start, end);
      return true;
    },
  });
  if (decoder.isMidFrame) throw new ChatError(ErrorCode.ERROR_CODE_FRAME_TRUNCATED);
}

/** The body of the one frame that `hex` is. */
function onlyFrame(hex: string): Uint8Array {
  const bodies: Uint8Array[] = [];
  readStream(bytesOf(hex), (bytes, start, end) => bodies.push(bytes.slice(start, end)));
  expect(bodies).to.have.lengthOf(1);
  return bodies[0]!;
}

function decode(body: Uint8Array): ChatMessage {
  return decodeMessage(body, 0, body.length);
}

function encodedBody(message: ChatMessage): Uint8Array {
  return ChatMessage.encode(message).finish();
}

function readAsServer(bytes: Uint8Array, start: number, end: number): void {
  new ClientFrame().read(bytes, start, end);
}

function codeOf(run: () => unknown): ErrorCode {
  try {
    run();
  } catch (error) {
    if (error instanceof ChatError) return error.code;
    throw error;
  }
  return none;
}

type ClientFields = Pick<ChatMessage, 'content' | 'type' | 'id' | 'room' | 'control'>;

function clientFields(frame: ClientFrame): ClientFields {
  const { type, id, room, control } = frame;
  return { content: frame.content(), type, id, room, control };
}

function clientFieldsOf({ content, type, id, room, control }: ChatMessage): ClientFields {
  return { content, type, id, room, control };
}

/** The fields of a client, known and unknown ones of every wire type, in any order and number. */
function clientFrames(): fc.Arbitrary<Uint8Array> {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'binary', minLength: 40, maxLength: 200, size: 'max' }),
  );
  const own = fc.oneof(
    fc.record({ content: text }),
    fc.record({ type: fc.integer({ min: -2, max: 3 }) }),
    fc.record({ id: text }),
    fc.record({ room: text }),
    fc.record({ sender: text }),
    fc.record({ seq: fc.maxSafeNat().map(String) }),
  );
  const control = protobufjs.messages.map((json) => {
    const { control: only } = protobufjs.object(json);
    return encodedBody(chatMessage({ control: only }));
  });
  return fc
    .tuple(
      fc.array(fc.oneof(own.map(protobufjs.write), foreignFields()), { maxLength: 12 }),
      fc.option(control, { nil: new Uint8Array(0) }),
      fc.nat(12),
    )
    .map(([fields, only, place]) => Buffer.concat(fields.toSpliced(place, 0, only)));
}

/** Fields with numbers that chat.proto does not have, or with another wire type than there. */
function foreignFields(): fc.Arbitrary<Uint8Array> {
  const known = [1, 2, 3, 4, 5, 6, 7, 16, 21, 39];
  const unknown = [8, 15, 30, 31, 60, 63, 2 ** 29 - 1];
  const values: readonly (readonly [number, fc.Arbitrary<Uint8Array>, readonly number[]])[] = [
    [0, fc.maxSafeNat().map(varint), known.filter((number) => number !== 2 && number !== 6)],
    [1, fc.uint8Array({ minLength: 8, maxLength: 8 }), known],
    [2, fc.uint8Array().map((bytes) => Buffer.concat([varint(bytes.length), bytes])), [2, 6]],
    [5, fc.uint8Array({ minLength: 4, maxLength: 4 }), known],
  ];
  return fc.oneof(
    ...values.map(([wireType, value, numbers]) =>
      fc
        .tuple(fc.constantFrom(...numbers, ...unknown), value)
        .map(([number, bytes]) => Buffer.concat([varint(number * 8 + wireType), bytes])),
    ),
  );
}

/** Frames of a client in which a few bytes were changed, left out or put in. */
function damagedFrames(): fc.Arbitrary<Uint8Array> {
  const telling = fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0x88, 0x90, 0xc0, 0xed, 0xff);
  const damage = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(1), fc.array(telling));
  return fc
    .tuple(clientFrames(), fc.array(damage, { minLength: 1, maxLength: 3 }))
    .map(([body, damages]) => {
      const bytes = [...body];
      for (const [place, removed, added] of damages) {
        bytes.splice(Math.floor(place * bytes.length), removed, ...added);
      }
      return Uint8Array.from(bytes);
    });
}

/** Where two shapes differ, as paths of field numbers; both may contain themselves. */
function differences(ours: Shape, theirs: Shape, path: string, seen: Set<Shape>): string[] {
  if (seen.has(theirs)) return [];
  seen.add(theirs);
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((number) => {
    const [our, their] = [ours.get(number), theirs.get(number)];
    if (our instanceof Map && their instanceof Map) {
      return differences(our, their, `${path}${number}.`, seen);
    }
    return our === their ? [] : [`field ${path}${number} is ${kind(our)}, not ${kind(their)}`];
  });
}

function kind(shape: Shape | 'string' | undefined): string {
  if (shape === undefined) return 'absent';
  return shape === 'string' ? shape : 'a message';
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
