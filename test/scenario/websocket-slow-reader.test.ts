import { connect } from 'node:net';
import { once } from 'node:events';
import { expect } from 'chai';
import { Crowd, numberOf } from '../support/crowd.js';
import { mebibyte } from '../support/memory.js';
import { handshake, RawWebSocket } from '../support/raw-websocket.js';
import { ServerProcess } from '../support/server-process.js';
import { TestServer } from '../support/server.js';
import { opcodes, webSocketFrame } from '../support/websocket-frames.js';
import { binaryProtocol, jsonProtocol, wholeFrames } from '../support/websocket-client.js';
import { whileAllChat } from '../support/websocket-scene.js';

/** Someone over WebSocket who does not read, and the next texts that come when it does. */
interface Sleeper {
  readonly client: RawWebSocket;
  readonly texts: () => Promise<string[]>;
}

async function sleepers(port: number): Promise<Sleeper[]> {
  const open = async (...protocols: string[]): Promise<RawWebSocket> =>
    RawWebSocket.open(port, { protocols });
  const lines = await open();
  const json = await open(jsonProtocol);
  const fullJson = await open(jsonProtocol);
  const frames = await open(binaryProtocol);
  json.text('{}');
  await json.nextText();
  fullJson.text('{"hello":{"version":1}}');
  expect(JSON.parse(await fullJson.nextText())).to.have.property('welcome');
  frames.binary([0]);
  await frames.nextBinary();
  const textOfJson = async (client: RawWebSocket): Promise<string[]> => {
    const { content } = JSON.parse(await client.nextText()) as { content?: string };
    // A full session is pinged in between.
    return content === undefined ? [] : [content];
  };
  return [
    { client: lines, texts: async () => [await lines.nextText()] },
    { client: json, texts: async () => textOfJson(json) },
    { client: fullJson, texts: async () => textOfJson(fullJson) },
    {
      client: frames,
      texts: async () => wholeFrames(await frames.nextBinary()).map(({ content }) => content),
    },
  ];
}

// chat.proto, 7.2: "It gets every message after its position once, in order, as fast as it
// reads. If it cannot get some messages any more, a `gap` names them."
describe('sessions over WebSocket that do not read', () => {
  const patient = { firstFrameTimeoutMs: 600_000, rateLimit: 0 };

  it('disturb nobody, cost little, and get all of it when they read', async () => {
    await using server = await ServerProcess.start({
      ...patient,
      outboxBytesMax: 65_536,
      logBytesMax: mebibyte,
    });
    const slow = await sleepers(server.httpPort);
    for (const { client } of slow) client.socket.pause();
    using crowd = await Crowd.join(server.port, 20);
    const before = await server.memoryInUse();
    const count = 4000;
    await crowd.publish(count);
    // 16 MB that the room keeps, as text, and what was encoded last.
    expect((await server.memoryInUse()) - before).to.be.lessThan(32 * mebibyte);
    for (const { client } of slow) client.socket.resume();
    await Promise.all(
      slow.map(async ({ client, texts }) => {
        for (let number = 1; number <= count;) {
          for (const text of await texts()) {
            expect(numberOf(text)).to.equal(number);
            number += 1;
          }
        }
        client[Symbol.dispose]();
      }),
    );
    await crowd.publish(10);
  });

  it('are told how much is missing when the room has it no more', async () => {
    await using server = await ServerProcess.start({
      ...patient,
      outboxBytesMax: 65_536,
      logBytesMax: mebibyte,
      storeBytesMax: mebibyte,
    });
    const slow = await sleepers(server.httpPort);
    for (const { client } of slow) client.socket.pause();
    using crowd = await Crowd.join(server.port, 5);
    const count = 12_000;
    await crowd.publish(count);
    const [lines, json, full, frames] = slow.map(({ client }) => client);
    for (const client of [lines!, json!, full!, frames!]) client.socket.resume();
    for (const { client, texts } of slow.filter((one) => one.client !== full)) {
      let skipped = 0;
      for (let last = 0; last < count;) {
        for (const text of await texts()) {
          const missing = /^\(error\)(\d+) messages? w(?:as|ere) skipped/.exec(text);
          if (missing !== null) {
            skipped += Number(missing[1]);
            last += Number(missing[1]);
          } else {
            expect(numberOf(text)).to.equal(last + 1);
            last += 1;
          }
        }
      }
      expect(skipped).to.be.within(1, count - 100);
      client[Symbol.dispose]();
    }
    let [gaps, last] = [0, 0];
    while (last < count) {
      const json = JSON.parse(await full!.nextText()) as {
        gap?: { fromSeq: string; toSeq: string; reason: string };
        ping?: object;
        seq: string;
      };
      if (json.ping !== undefined) continue;
      expect(json.gap?.fromSeq ?? json.seq).to.equal(String(last + 1));
      if (json.gap !== undefined) expect(json.gap.reason).to.equal('GAP_REASON_EXPIRED');
      gaps += json.gap === undefined ? 0 : 1;
      last = Number(json.gap?.toSeq ?? json.seq);
    }
    expect(gaps).to.be.greaterThan(0);
  });

  it('and take nothing at all for too long are closed', async () => {
    await using server = await TestServer.start({
      ...patient,
      stallTimeoutMs: 500,
      outboxBytesMax: 65_536,
    });
    const slow = await sleepers(server.chat.httpPort!);
    for (const { client } of slow) client.socket.pause();
    using crowd = await Crowd.join(server.port, 3);
    await crowd.publish(4000);
    await server.sessions(3);
    await crowd.publish(10);
    for (const { client } of slow) client[Symbol.dispose]();
  });
});

/** A conversation without a broadcast, from the first byte of HTTP to the close. */
const conversation = Buffer.concat([
  Buffer.from(handshake('/ws', { 'Sec-WebSocket-Protocol': jsonProtocol })),
  webSocketFrame({ opcode: opcodes.text, payload: '{"hello":{"version":1,"name":"cut"}}' }),
  webSocketFrame({ opcode: opcodes.ping, payload: 'x' }),
  webSocketFrame({ opcode: opcodes.text, payload: '{"content":', fin: false }),
  webSocketFrame({ opcode: opcodes.continuation, payload: '"hi"}' }),
  webSocketFrame({ opcode: opcodes.close, payload: [3, 232] }),
]);

describe('a connection for WebSocket that is cut', () => {
  for (const how of ['reset', 'ended'] as const) {
    it(
      `harms nobody, at whichever byte it is ${how}`,
      whileAllChat(async ({ server, port, company }) => {
        for (let bytes = 0; bytes <= conversation.length; bytes += 1) {
          const socket = connect({ port, host: '127.0.0.1', noDelay: true });
          socket.on('error', () => {});
          socket.resume();
          await once(socket, 'connect');
          socket.write(conversation.subarray(0, bytes));
          if (bytes % 3 === 0) await company.all[0]!.roundTrip();
          const closed = once(socket, 'close');
          if (how === 'reset') socket.resetAndDestroy();
          else socket.end();
          await closed;
        }
        await server.sessions(company.all.length);
      }),
    );
  }
});
