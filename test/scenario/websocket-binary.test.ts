import { expect } from 'chai';
import { ErrorCode } from '../../src/protocol/messages.js';
import { bytes, field, frame, hex, longVarint, numberField, varint } from '../support/bytes.js';
import { framesOf } from '../support/raw-client.js';
import { covered } from '../support/coverage.js';
import { expectRefusal } from '../support/refusals.js';
import { last, joinOf, publish } from '../support/rooms.js';
import { TestServer } from '../support/server.js';
import { binaryProtocol, WebSocketClient } from '../support/websocket-client.js';
import { opcodes, webSocketFrame } from '../support/websocket-frames.js';
import { overWebSocket, whileAllChat } from '../support/websocket-scene.js';
import { helloOf } from '../support/hello.js';

const options = { protocols: [binaryProtocol] };
const limit = 65_536;

/** An ECHO "hi" whose body has so many bytes; the rest is a field that nobody knows. */
function echoBody(bodyBytes: number): Uint8Array {
  const hi = field(1, 'hi');
  const overhead = hi.length + field(100).length - 1 + varint(bodyBytes).length;
  const body = bytes(hi, field(100, 'p'.repeat(bodyBytes - overhead)));
  expect(body.length).to.equal(bodyBytes);
  return body;
}

// chat.proto, 12.3 and 12.4: `tcpchat.v1.proto`.
describe('binary messages over WebSocket', () => {
  let server: TestServer;
  let client: WebSocketClient;

  beforeEach(async () => {
    server = await TestServer.start({ rateLimit: 0 });
    client = await WebSocketClient.open(server.chat.httpPort!, options);
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  it('hold frames with their lengths, of two fields, with marks, as over TCP', async () => {
    client.sendBinary(hex('04 0a 02 68 69'));
    expect((await client.next()).data).to.deep.equal(frame(field(1, '(echo)hi')));
    client.sendBinary(hex('06 0a 02 68 69 10 01'));
    const delivered = frame(field(1, '(broadcast)hi'), numberField(2, 1));
    expect((await client.next()).data).to.deep.equal(delivered);
    client.sendBinary(hex('00'));
    expect((await client.next()).data).to.deep.equal(frame(field(1, '(echo)')));
  });

  it('may hold one frame each, or many; they are answered in their order', async () => {
    const contents = Array.from({ length: 200 }, (_, index) => `echo ${index}`);
    for (const size of [1, 3, 200]) {
      for (let at = 0; at < contents.length; at += size) {
        client.sendFrames(...contents.slice(at, at + size).map((content) => ({ content })));
      }
      for (const content of contents) {
        expect(await client.nextFrame()).to.include({ content: `(echo)${content}` });
      }
    }
  });

  it('of which one breaks off in the middle of a frame are refused with 1007', async () => {
    const whole = framesOf([{ content: 'before' }]);
    for (const part of [bytes(0x84), bytes(4), hex('04 0a 02 68'), bytes(varint(limit), 'xyz')]) {
      using other = await WebSocketClient.open(server.chat.httpPort!, options);
      other.sendBinary(bytes(whole, part));
      other.sendBinary(hex('04 0a 02 68 69'));
      expect(await other.nextFrame()).to.include({ content: '(echo)before' });
      expect((await other.nextFrame()).content).to.match(/^\(error\)\p{L}.{5,}$/u);
      expect(await other.ended()).to.include({ code: 1007 });
    }
  });

  it('do not share a frame: one that goes on in the next message is refused', async () => {
    client.sendBinary(hex('04 0a'));
    client.sendBinary(hex('02 68 69'));
    expect((await client.nextFrame()).content).to.match(/^\(error\)/);
    expect(await client.ended()).to.include({ code: 1007 });
  });

  it('that break off are refused to a full session with a code of their own', async () => {
    const full = await overWebSocket(server.chat.httpPort!, 'binary');
    await full.enter('mallory');
    full.sendBytes(webSocketFrame({ opcode: opcodes.binary, payload: hex('04 0a') }));
    await expectRefusal(full, ErrorCode.ERROR_CODE_FRAME_TRUNCATED);
    expect(await full.untilClosed()).to.deep.equal([]);
  });

  it('are of one or more frames: an empty one is refused with 1007', async () => {
    client.sendBinary(new Uint8Array());
    expect((await client.nextFrame()).content).to.match(/^\(error\)/);
    expect(await client.ended()).to.include({ code: 1007 });
  });

  const undecodable: readonly (readonly [what: string, bytes: Uint8Array, code: number])[] = [
    ['a frame that is not protobuf', frame(hex('0f')), 1007],
    ['a field that is cut', frame(field(1, 'hi').subarray(0, 3)), 1007],
    ['a string that is not UTF-8', frame(field(1, hex('ff fe'))), 1007],
    ['a length of more than 5 bytes', longVarint(4, 6), 1007],
    ['a length over the limit', varint(limit + 1), 1009],
    ['a length of 2^35 - 1', varint(2 ** 35 - 1), 1009],
  ];
  for (const [what, part, code] of undecodable) {
    it(
      `with ${what} are refused with ${code}, and those before it are not`,
      whileAllChat(async ({ port, company }) => {
        using mallory = await WebSocketClient.open(port, options);
        mallory.sendBinary(bytes(frame(field(1, 'to all'), numberField(2, 1)), part));
        await company.hear('to all');
        const { content } = await mallory.nextFrame();
        expect(content).to.equal('(broadcast)to all');
        expect((await mallory.nextFrame()).content).to.match(/^\(error\)\p{L}.{5,}$/u);
        expect((await mallory.ended()).code).to.equal(code);
      }),
    );
  }

  // "A message from a client has at most Limits.frame_bytes_max bytes and 5".
  it('may hold the longest frame, whose length takes up to 5 bytes', async () => {
    for (const prefix of [varint(limit), longVarint(limit, 5)]) {
      client.sendBinary(bytes(prefix, echoBody(limit)));
      expect(await client.nextFrame()).to.include({ content: '(echo)hi' });
    }
  });

  it('may be as long as the limit and 5 bytes, whatever the number of frames', async () => {
    const hi = hex('04 0a 02 68 69');
    const count = Math.floor((limit + 5) / hi.length);
    client.sendBinary(bytes(...Array.from({ length: count }, () => hi), ...[0]));
    for (let number = 0; number < count; number += 1) {
      expect((await client.nextFrame()).content).to.equal('(echo)hi');
    }
    expect((await client.nextFrame()).content).to.equal('(echo)');
  });

  it('are refused with 1009 when they are one byte longer', async () => {
    client.sendBinary(bytes(framesOf([{ content: 'x' }]), new Uint8Array(limit + 3)));
    expect((await client.nextFrame()).content).to.match(/^\(error\)/);
    expect(await client.ended()).to.include({ code: 1009 });
  });

  it('have the limit that the server was given', async () => {
    await using small = await TestServer.start({ frameBytesMax: 8192 });
    const port = small.chat.httpPort!;
    using taken = await WebSocketClient.open(port, options);
    taken.sendBinary(bytes(longVarint(8192, 5), echoBody(8192)));
    expect(await taken.nextFrame()).to.include({ content: '(echo)hi' });
    using refused = await WebSocketClient.open(port, options);
    refused.sendBinary(new Uint8Array(8192 + 6));
    expect((await refused.nextFrame()).content).to.match(/^\(error\)/);
    expect(await refused.ended()).to.include({ code: 1009 });
  });

  // "Those from the server hold 64 KiB at most, unless it is one frame": `wholeFrames` looks.
  it('of the server hold whole frames and 64 KiB at most, also when much is to be told', async () => {
    const author = await server.full('author');
    await publish(author, 'lobby', covered('lobby', 1, 500));
    const hello = helloOf({ name: 'reader' });
    client.sendFrames({ control: { $case: 'hello', hello } });
    for (let isFull = false; !isFull;) {
      isFull = (await client.nextFrame()).control?.$case === 'welcome';
    }
    client.sendFrames({ control: joinOf('lobby', last(500)) });
    expect((await client.nextFrame()).control?.$case).to.equal('joined');
    for (let seq = 1; seq <= 500; seq += 1) {
      expect((await client.nextFrame()).seq).to.equal(seq);
    }
  });
});
