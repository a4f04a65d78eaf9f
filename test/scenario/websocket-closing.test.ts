import { expect } from 'chai';
import { field, frame } from '../support/bytes.js';
import { RawClient } from '../support/raw-client.js';
import { mebibyte } from '../support/memory.js';
import { RawWebSocket } from '../support/raw-websocket.js';
import { ServerProcess } from '../support/server-process.js';
import { TestServer } from '../support/server.js';
import { opcodes, webSocketFrame } from '../support/websocket-frames.js';
import { binaryProtocol, jsonProtocol, wholeFrames } from '../support/websocket-client.js';

const count = 5000;
const contents = Array.from({ length: count }, (_, index) => `${index} `.padEnd(1000, '.'));

/** Asks for many echoes in one go, and closes after them. */
function asked(): Uint8Array {
  const frames = contents.map((content) =>
    webSocketFrame({ opcode: opcodes.text, payload: JSON.stringify({ content }) }),
  );
  return Buffer.concat([...frames, webSocketFrame({ opcode: opcodes.close, payload: [3, 232] })]);
}

// chat.proto, 12.11: "the client has closed, and has got what it is owed".
describe('a client over WebSocket that closes', () => {
  for (const how of ['reads all the time', 'reads only then'] as const) {
    it(`gets what it is owed, then the close, when it ${how}`, async () => {
      await using server = await TestServer.start({ rateLimit: 0, outboxBytesMax: 65_536 });
      const port = server.chat.httpPort!;
      const other = await server.bare();
      using client = await RawWebSocket.open(port, {
        protocols: [jsonProtocol],
        reading: how === 'reads all the time',
        closing: false,
      });
      client.sendBytes(asked());
      if (how === 'reads only then') {
        for (let turn = 0; turn < 50; turn += 1) await other.roundTrip();
        client.socket.resume();
      }
      const { code, frames } = await client.ended();
      expect(code).to.equal(1000);
      expect(
        frames.map(
          ({ payload }) => (JSON.parse(payload.toString()) as { content: string }).content,
        ),
      ).to.deep.equal(contents.map((content) => `(echo)${content}`));
      await server.sessions(1);
    });
  }

  it('and goes on sending is not heard any more', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    using client = await RawWebSocket.open(server.chat.httpPort!, { closing: false });
    client.text('in time');
    client.close();
    client.text('too late');
    client.sendBytes(new Uint8Array(100_000).fill(0xff));
    expect(await client.nextText()).to.equal('in time');
    expect((await client.ended()).code).to.equal(1000);
    expect(await alice.next()).to.include({ content: 'in time' });
    await alice.roundTrip();
  });

  // RFC 6455, 5.5.1: "the server MUST close the underlying TCP connection immediately".
  it('is let go at once when both have closed, though it leaves its side open', async () => {
    await using server = await TestServer.start();
    for (const path of ['/ws', '/echo']) {
      const sinceMs = performance.now();
      using client = await RawWebSocket.open(server.chat.httpPort!, { path });
      client.close(1000, 'done');
      await client.closed();
      // Less than the two seconds for which a side that stays open is borne.
      expect(performance.now() - sinceMs).to.be.lessThan(1900);
    }
    await server.sessions(0);
  });
});

describe('a client over WebSocket that was closed', () => {
  it('is let go in time though it never answers the close, and its name is free at once', async () => {
    await using server = await TestServer.start();
    const port = server.chat.httpPort!;
    using rude = await RawWebSocket.open(port, { path: '/ws?username=rude', closing: false });
    rude.send({ opcode: 3 });
    expect(await rude.nextText()).to.match(/^\(error\)/);
    using next = await RawWebSocket.open(port, { path: '/ws?username=rude' });
    next.text('hi');
    expect(await next.nextText()).to.equal('[rude] hi');
    expect(await rude.ended()).to.deep.include({ code: 1002, frames: [] });
  });

  it('hears nothing after its error, though others talk and it does not close', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    using client = await RawWebSocket.open(server.chat.httpPort!, { closing: false });
    client.send({ opcode: 3 });
    expect(await client.nextText()).to.match(/^\(error\)/);
    for (let number = 0; number < 10; number += 1) {
      alice.broadcast(`message ${number}`);
      await alice.next();
    }
    expect(await client.ended()).to.deep.include({ code: 1002, frames: [] });
  });
});

describe('a client over WebSocket that asks for echoes and does not read them', () => {
  for (const protocol of [jsonProtocol, binaryProtocol]) {
    it(`is no longer read, in ${protocol}; when it reads, it gets all of them`, async () => {
      await using server = await ServerProcess.start({ rateLimit: 0 });
      using other = await RawClient.full(server.port);
      using client = await RawWebSocket.open(server.httpPort, {
        protocols: [protocol],
        reading: false,
      });
      await other.roundTrip();
      const before = await server.memoryInUse();
      const echoes = 8000; // 32 MB
      const text = (number: number): string => `${number} `.padEnd(4000, '.');
      for (let number = 0; number < echoes; number += 1) {
        const content = text(number);
        if (protocol === jsonProtocol) client.text(JSON.stringify({ content }));
        else client.binary(echoFrame(content));
      }
      let unsent = -1;
      for (let same = 0; same < 100; same += 1) {
        await other.roundTrip();
        if (client.socket.writableLength !== unsent) same = 0;
        unsent = client.socket.writableLength;
      }
      expect(unsent).to.be.greaterThan(mebibyte);
      expect((await server.memoryInUse()) - before).to.be.lessThan(8 * mebibyte);
      client.socket.resume();
      for (let number = 0; number < echoes;) {
        const { payload } = await client.next();
        const answers =
          protocol === jsonProtocol
            ? [JSON.parse(payload.toString()) as { content: string }]
            : wholeFrames(payload);
        for (const { content } of answers) {
          if (content !== `(echo)${text(number)}`) expect.fail(`${number}: ${content}`);
          number += 1;
        }
      }
    });
  }
});

function echoFrame(content: string): Uint8Array {
  return frame(field(1, content));
}
