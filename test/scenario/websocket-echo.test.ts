import { expect } from 'chai';
import { once } from 'node:events';
import { hex } from '../support/bytes.js';
import { RawWebSocket } from '../support/raw-websocket.js';
import { TestServer } from '../support/server.js';
import { opcodes } from '../support/websocket-frames.js';
import { WebSocketClient } from '../support/websocket-client.js';
import { whileAllChat } from '../support/websocket-scene.js';

const path = '/echo';
const limit = 65_536;

// chat.proto, 12.12: "The path /echo returns every message of up to 64 KiB as it came:
// text as text, and binary as binary."
describe('the path /echo', () => {
  let server: TestServer;
  let port: number;

  beforeEach(async () => {
    server = await TestServer.start({ rateLimit: 0 });
    port = server.chat.httpPort!;
  });

  afterEach(async () => server[Symbol.asyncDispose]());

  for (const size of [0, 1, 125, 126, 65_535, limit]) {
    it(`returns ${size} bytes, as text and as binary`, async () => {
      using client = await WebSocketClient.open(port, { path });
      const text = 'ä'.repeat(Math.floor(size / 2)) + (size % 2 === 1 ? 'x' : '');
      client.sendText(text);
      await client.expectText(text);
      const data = Buffer.from(Uint8Array.from({ length: size }, (_, index) => index * 7));
      client.sendBinary(data);
      expect(await client.next()).to.deep.equal({ data, isBinary: true });
    });
  }

  it('returns what looks like something else: a frame, JSON, characters that control', async () => {
    using client = await WebSocketClient.open(port, { path });
    for (const text of ['{"content":"hi"}', '(echo)', '\u0000\u001b\n', '\ufeff\u{10ffff}']) {
      client.sendText(text);
      await client.expectText(text);
    }
    for (const data of [hex('04 0a 02 68 69'), hex('ff ff ff ff ff ff'), hex('c3 28')]) {
      client.sendBinary(data);
      expect((await client.next()).data).to.deep.equal(data);
    }
  });

  it('returns messages in their order, many in one segment', async () => {
    using client = await RawWebSocket.open(port, { path });
    const texts = Array.from({ length: 2000 }, (_, index) => `message ${index}`);
    client.send(...texts.map((payload) => ({ opcode: opcodes.text, payload })));
    for (const text of texts) expect(await client.nextText()).to.equal(text);
  });

  it('returns a fragmented message whole, pings answered in between', async () => {
    using client = await RawWebSocket.open(port, { path });
    const fin = false;
    client.send({ opcode: opcodes.text, payload: 'one ', fin });
    client.send({ opcode: opcodes.ping, payload: 'there?' });
    expect(await client.nextPong()).to.equal('there?');
    // A character may be cut in two.
    client.send({ opcode: opcodes.continuation, payload: [0xc3], fin });
    client.send({ opcode: opcodes.pong, payload: 'unasked' });
    client.send({ opcode: opcodes.continuation, payload: '', fin });
    client.send({ opcode: opcodes.continuation, payload: [0xa4] });
    expect(await client.nextText()).to.equal('one ä');
    client.fragments(opcodes.binary, [[1], [], [2, 3], []]);
    expect(await client.nextBinary()).to.deep.equal(Buffer.from([1, 2, 3]));
    client.fragments(
      opcodes.binary,
      Array.from({ length: 64 }, () => new Uint8Array(1024)),
    );
    expect(await client.nextBinary()).to.deep.equal(Buffer.alloc(limit));
  });

  it('takes frames byte by byte', async () => {
    using client = await RawWebSocket.open(port, { path });
    const other = await server.bare();
    for (const byte of hex('81 82 01 02 03 04 69 6b')) {
      client.sendBytes([byte]);
      await other.roundTrip();
    }
    expect(await client.nextText()).to.equal('hi');
  });

  for (const kind of ['text', 'binary'] as const) {
    it(
      `closes with 1009 when a ${kind} has more than 64 KiB, those before it returned`,
      whileAllChat(async ({ port: busyPort }) => {
        using client = await WebSocketClient.open(busyPort, { path });
        client.sendText('before');
        client.socket.send('x'.repeat(limit + 1), { binary: kind === 'binary' });
        client.sendText('after');
        await client.expectText('before');
        expect((await client.ended()).code).to.equal(1009);
        using fragmented = await RawWebSocket.open(busyPort, { path });
        const half = 'x'.repeat(limit / 2);
        fragmented.fragments(opcodes[kind], [half, half, 'x']);
        expect(await fragmented.ended()).to.deep.include({ code: 1009, frames: [] });
      }),
    );
  }

  it('closes with 1009 when a length is announced that is too long, before there is a body', async () => {
    for (const length of [limit + 6, 2 ** 31, 2 ** 40]) {
      using client = await RawWebSocket.open(port, { path });
      client.sendBytes([0x82, 0xff, 0, 0, Math.floor(length / 2 ** 40), (length / 2 ** 32) & 0xff]);
      client.sendBytes(lowBytes(length), [1, 2, 3, 4]);
      expect(await client.ended()).to.deep.include({ code: 1009, frames: [] });
    }
  });

  it('knows nothing of rooms: nobody hears what is said there', async () => {
    const alice = await server.full('alice');
    using client = await WebSocketClient.open(port, { path: '/echo?username=alice' });
    client.sendText('hi');
    await client.expectText('hi');
    alice.broadcast('to the lobby');
    expect(await alice.next()).to.include({ content: 'to the lobby', seq: 1 });
    client.sendText('still only me');
    await client.expectText('still only me');
  });

  it('closes as it is asked to', async () => {
    using client = await WebSocketClient.open(port, { path });
    client.socket.close(1000, 'bye');
    expect((await client.ended()).code).to.equal(1000);
  });

  it('does not take without end what its peer does not read', async () => {
    using client = await RawWebSocket.open(port, { path, reading: false });
    const other = await server.bare();
    const payload = Buffer.alloc(limit, 'x');
    for (let count = 0; count < 500; count += 1) client.binary(payload);
    let unsent = client.socket.writableLength;
    for (let same = 0; same < 50; same += 1) {
      await other.roundTrip();
      if (client.socket.writableLength !== unsent) same = 0;
      unsent = client.socket.writableLength;
    }
    expect(unsent).to.be.greaterThan(1024 * 1024);
    client.socket.resume();
    for (let count = 0; count < 500; count += 1) {
      expect((await client.nextBinary()).equals(payload)).to.equal(true);
    }
  });

  it('answers a ping of the package `ws`', async () => {
    using client = await WebSocketClient.open(port, { path });
    const answered = once(client.socket, 'pong');
    client.socket.ping('payload');
    expect(String((await answered)[0])).to.equal('payload');
  });
});

/** The lower 32 bits, the highest byte first. */
function lowBytes(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) & 0xff);
}
