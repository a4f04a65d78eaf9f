import { expect } from 'chai';
import { errorFacts } from '../../src/protocol/errors.js';
import { ErrorCode } from '../../src/protocol/messages.js';
import { ownAddress } from '../support/own-address.js';
import { mebibyte } from '../support/memory.js';
import { RawClient } from '../support/raw-client.js';
import { RawWebSocket } from '../support/raw-websocket.js';
import { ServerProcess } from '../support/server-process.js';
import { TestServer } from '../support/server.js';
import { opcodes, webSocketFrame } from '../support/websocket-frames.js';
import { binaryProtocol, jsonProtocol, wholeFrames } from '../support/websocket-client.js';
import { whileAllChat } from '../support/websocket-scene.js';

const encodings = [[], [jsonProtocol], [binaryProtocol]];

/** The only thing that comes is this refusal, in the words of the encoding; then the close. */
async function expectTurnedAway(
  client: RawWebSocket,
  code: keyof typeof errorFacts,
  closeCode: number,
): Promise<void> {
  const content = `(error)${errorFacts[code].sentence}`;
  if (client.protocol === binaryProtocol) {
    expect(wholeFrames(await client.nextBinary()))
      .to.have.length(1)
      .and.to.have.nested.property('[0].content', content);
  } else if (client.protocol === jsonProtocol) {
    expect(JSON.parse(await client.nextText())).to.deep.equal({ content, type: 'ECHO' });
  } else {
    expect(await client.nextText()).to.equal(content);
  }
  expect(await client.ended()).to.deep.include({ code: closeCode, frames: [] });
}

// chat.proto, 12.8: "Without `?username=` the first message must arrive within
// Limits.first_frame_timeout_ms."
describe('a WebSocket on which nothing is said', () => {
  const options = { firstFrameTimeoutMs: 300 };

  for (const protocols of encodings) {
    it(
      `is closed with 1008 after a while, with subprotocol ${protocols[0] ?? 'none'}`,
      whileAllChat(async ({ port }) => {
        const sinceMs = performance.now();
        using client = await RawWebSocket.open(port, { protocols });
        await expectTurnedAway(client, ErrorCode.ERROR_CODE_FIRST_FRAME_TIMEOUT, 1008);
        expect(performance.now() - sinceMs).to.be.greaterThan(250);
      }, options),
    );
  }

  it(
    'is closed at /echo as well, pings or not, and not when a message was returned',
    whileAllChat(
      async ({ port, company }) => {
        const path = '/echo';
        using spoken = await RawWebSocket.open(port, { path });
        spoken.text('');
        expect(await spoken.nextText()).to.equal('');
        const sinceMs = performance.now();
        using silent = await RawWebSocket.open(port, { path });
        using pinging = await RawWebSocket.open(port, { path });
        const { sentence } = errorFacts[ErrorCode.ERROR_CODE_FIRST_FRAME_TIMEOUT];
        const end = { code: 1008, reason: sentence };
        const silentEnd = silent.ended();
        while (!pinging.isClosed) {
          if (pinging.socket.writable) pinging.ping();
          await company.roundTrip();
        }
        expect((await pinging.ended()).code).to.equal(end.code);
        expect(await silentEnd).to.deep.equal({ ...end, frames: [] });
        expect(performance.now() - sinceMs).to.be.greaterThan(250);
        spoken.text('later');
        expect(await spoken.nextText()).to.equal('later');
      },
      { ...options, rateLimit: 0 },
    ),
  );

  it(
    'is closed though it is pinged: a ping is no message',
    whileAllChat(
      async ({ port, company }) => {
        using client = await RawWebSocket.open(port);
        for (let count = 0; count < 5000 && client.socket.writable; count += 1) {
          client.ping('x');
          await company.roundTrip();
        }
        let { frames } = await client.ended();
        frames = frames.filter(({ opcode }) => opcode !== opcodes.pong);
        expect(frames.map(({ payload }) => payload.toString())).to.deep.equal([
          '(error)nothing was sent in time after connecting',
        ]);
        expect((await client.ended()).code).to.equal(1008);
      },
      { ...options, rateLimit: 0 },
    ),
  );

  it(
    'stays when its URL has given a name, and when something was said once',
    whileAllChat(async ({ port, company }) => {
      using named = await RawWebSocket.open(port, { path: '/ws?username=alice' });
      using spoken = await RawWebSocket.open(port, { protocols: [jsonProtocol] });
      spoken.text('{"content":"hi"}');
      expect(await spoken.nextText()).to.include('(echo)hi');
      for (let round = 0; round < 2; round += 1) {
        using silent = await RawWebSocket.open(port);
        await expectTurnedAway(silent, ErrorCode.ERROR_CODE_FIRST_FRAME_TIMEOUT, 1008);
      }
      named.text('still here');
      await company.hear('still here', 'alice');
      expect(await named.nextText()).to.equal('[alice] still here');
      expect(await spoken.nextText()).to.include('(broadcast)still here');
    }, options),
  );

  it('is not a TCP connection, which may be silent for ever; all are told', async () => {
    await using server = await TestServer.start(options);
    const mute = await server.connect();
    using silent = await RawWebSocket.open(server.chat.httpPort!);
    await expectTurnedAway(silent, ErrorCode.ERROR_CODE_FIRST_FRAME_TIMEOUT, 1008);
    await mute.roundTrip();
    const full = await server.full();
    expect(full.welcome!.limits).to.include({ firstFrameTimeoutMs: 300 });
  });
});

// "1013 when there are too many connections".
describe('the number of connections, WebSockets among them,', () => {
  it('is limited: one too many gets a readable refusal and 1013, the others chat on', async () => {
    await using server = await TestServer.start({ connectionsMax: 2 });
    const port = server.chat.httpPort!;
    const alice = await server.full('alice');
    using lines = await RawWebSocket.open(port);
    for (const protocols of [...encodings, ...encodings]) {
      using client = await RawWebSocket.open(port, { protocols });
      await expectTurnedAway(client, ErrorCode.ERROR_CODE_TOO_MANY_CONNECTIONS, 1013);
    }
    using named = await RawWebSocket.open(port, { path: '/ws?username=bob' });
    await expectTurnedAway(named, ErrorCode.ERROR_CODE_TOO_MANY_CONNECTIONS, 1013);
    const tcp = await server.connect();
    expect((await tcp.next()).content).to.match(/^\(error\)/);
    await tcp.closed();
    alice.broadcast('full house');
    expect(await lines.nextText()).to.equal('[alice] full house');

    lines.close();
    await lines.ended();
    await server.sessions(1);
    using next = await RawWebSocket.open(port);
    next.text('there is room again');
    expect(await next.nextText()).to.equal('there is room again');
  });

  it('is limited per address from elsewhere', async function () {
    if (ownAddress === undefined) this.skip();
    const host = ownAddress;
    await using server = await TestServer.start({ host: '0.0.0.0', connectionsPerAddressMax: 2 });
    const port = server.chat.httpPort!;
    const tcp = await server.bare({ host });
    using lines = await RawWebSocket.open(port, { host });
    for (const protocols of encodings) {
      using client = await RawWebSocket.open(port, { host, protocols });
      await expectTurnedAway(client, ErrorCode.ERROR_CODE_TOO_MANY_FROM_ADDRESS, 1013);
    }
    using another = await RawWebSocket.open(port);
    another.text('from another address');
    expect(await lines.nextText()).to.equal('from another address');
    await tcp.next();
    await tcp.roundTrip();
  });
});

// chat.proto, Throttled: "Nothing is refused or lost: the server reads the connection more
// slowly from now on. Sent once in a session."
describe('a session over WebSocket that sends faster than it may', () => {
  it('has its burst taken at once, and the rest later, whatever it sends', async () => {
    await using server = await TestServer.start({ rateLimit: 10 });
    const port = server.chat.httpPort!;
    const texts = Array.from({ length: 44 }, (_, index) => `message ${index}`);
    const other = await server.full();
    using lines = await RawWebSocket.open(port);
    const sinceMs = performance.now();
    lines.send(...texts.map((payload) => ({ opcode: opcodes.text, payload })));
    for (const text of texts) {
      expect(await lines.nextText()).to.equal(text);
      expect((await other.next()).content).to.equal(text);
    }
    expect(performance.now() - sinceMs).to.be.greaterThan(300);

    using json = await RawWebSocket.open(port, { protocols: [jsonProtocol] });
    json.text('{"hello":{"version":1}}');
    await json.nextText();
    json.send(
      ...texts.map((content) => ({ opcode: opcodes.text, payload: `{"content":"${content}"}` })),
    );
    const answers: { content?: string; throttled?: { messagesPerSecond: number } }[] = [];
    while (answers.at(-1)?.content !== texts.at(-1)) {
      answers.push(JSON.parse(await json.nextText()) as (typeof answers)[number]);
    }
    const notices = answers.filter(({ throttled }) => throttled !== undefined);
    expect(notices).to.deep.equal([{ throttled: { messagesPerSecond: 10 } }]);
    expect(
      answers.filter((one) => !notices.includes(one)).map(({ content }) => content),
    ).to.deep.equal(texts);
  });

  it('is held to it also when all of that is refused', async () => {
    await using server = await TestServer.start({ rateLimit: 2 });
    const other = await server.bare();
    using json = await RawWebSocket.open(server.chat.httpPort!, { protocols: [jsonProtocol] });
    const refused = { opcode: opcodes.text, payload: '{"type":"SHOUT"}' };
    json.send(...Array.from({ length: 12 }, () => refused));
    for (let count = 0; count < 8; count += 1) expect(await json.nextText()).to.contain('(error)');
    for (let count = 0; count < 2; count += 1) await other.roundTrip();
    expect(json.pending).to.equal(0);
    for (let count = 0; count < 4; count += 1) expect(await json.nextText()).to.contain('(error)');
  });
});

// "Pings are answered, and count as messages where the rate is limited."
describe('a WebSocket that is pinged', () => {
  it(
    'answers each ping with its bytes, in their order',
    whileAllChat(async ({ port }) => {
      using client = await RawWebSocket.open(port);
      const payloads = Array.from({ length: 125 }, (_, length) => 'p'.repeat(length));
      client.send(...payloads.map((payload) => ({ opcode: opcodes.ping, payload })));
      for (const payload of payloads) expect(await client.nextPong()).to.equal(payload);
    }),
  );

  it('is read more slowly when there are too many; all are answered, others feel nothing', async () => {
    await using server = await TestServer.start({ rateLimit: 2 });
    const port = server.chat.httpPort!;
    const other = await server.bare();
    using client = await RawWebSocket.open(port);
    const payloads = Array.from({ length: 11 }, (_, index) => `ping ${index}`);
    client.send(...payloads.map((payload) => ({ opcode: opcodes.ping, payload })));
    for (const payload of payloads.slice(0, 8)) expect(await client.nextPong()).to.equal(payload);
    await other.roundTrip();
    expect(client.pending).to.equal(0);
    for (const payload of payloads.slice(8)) expect(await client.nextPong()).to.equal(payload);
  });

  for (const [what, settings] of [
    ['and is not limited', { rateLimit: 0 }],
    ['as fast as it may be', {}],
  ] as const) {
    it(`without end, by a peer that reads no pongs, ${what}: it costs the server little`, async () => {
      await using server = await ServerProcess.start(settings);
      using other = await RawClient.full(server.port);
      using client = await RawWebSocket.open(server.httpPort, { reading: false });
      client.text('before');
      expect((await other.next()).content).to.equal('before');
      const before = await server.memoryInUse();
      const ping = { opcode: opcodes.ping, payload: new Uint8Array(125) };
      const many = Buffer.concat(Array.from({ length: 1000 }, () => webSocketFrame(ping)));
      for (let count = 0; count < 400; count += 1) client.sendBytes(many); // 52 MB
      let unsent = -1;
      for (let same = 0; same < 20; same += 1) {
        await other.roundTrip();
        if (client.socket.writableLength !== unsent) same = 0;
        unsent = client.socket.writableLength;
      }
      expect((await server.memoryInUse()) - before).to.be.lessThan(8 * mebibyte);
      client.socket.resume();
      expect(await client.nextText()).to.equal('before');
      for (let count = 0; count < 200; count += 1) await client.nextPong();
    });
  }
});
