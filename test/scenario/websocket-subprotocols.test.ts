import { expect } from 'chai';
import { hex } from '../support/bytes.js';
import { ask, expectReadable, expectSecure } from '../support/http.js';
import { handshakeHeaders, RawWebSocket } from '../support/raw-websocket.js';
import { TestServer } from '../support/server.js';
import {
  binaryProtocol,
  jsonProtocol,
  WebSocketClient,
  wholeFrames,
} from '../support/websocket-client.js';
import { helloOf } from '../support/hello.js';

const echoHi = hex('04 0a 02 68 69');
const textAmongBinary =
  /^\(error\)a WebSocket message was text in place of binary, or binary in place of text$/;

// chat.proto, 12.3: "The subprotocol says how a ChatMessage becomes a WebSocket message".
describe('the subprotocol of a WebSocket', () => {
  let server: TestServer;
  let port: number;

  beforeEach(async () => {
    server = await TestServer.start();
    port = server.chat.httpPort!;
  });

  afterEach(async () => server[Symbol.asyncDispose]());

  const offers: readonly (readonly [offer: readonly string[], chosen: string | undefined])[] = [
    [[binaryProtocol], binaryProtocol],
    [[jsonProtocol], jsonProtocol],
    [[binaryProtocol, jsonProtocol], binaryProtocol],
    [[jsonProtocol, binaryProtocol], jsonProtocol],
    [['soap', jsonProtocol, binaryProtocol], jsonProtocol],
    [['tcpchat.v2.proto', 'chat', binaryProtocol], binaryProtocol],
    [[], undefined],
  ];
  for (const [offer, chosen] of offers) {
    it(`of [${offer.join(', ')}] is ${chosen ?? 'none'}: the first that is known`, async () => {
      using client = await RawWebSocket.open(port, { protocols: offer });
      expect(client.protocol).to.equal(chosen);
      if (chosen === jsonProtocol) {
        client.text('{"content":"hi"}');
        expect(JSON.parse(await client.nextText())).to.include({ content: '(echo)hi' });
      } else {
        client.binary(echoHi);
        expect(wholeFrames(await client.nextBinary())[0]).to.include({ content: '(echo)hi' });
      }
    });
  }

  it('may be offered in several header fields, which are one list', async () => {
    using client = await RawWebSocket.open(port, {
      headers: { 'Sec-WebSocket-Protocol': 'soap', 'sec-websocket-protocol': jsonProtocol },
    });
    expect(client.protocol).to.equal(jsonProtocol);
  });

  for (const [what, offer] of [
    ['that nobody knows', 'soap'],
    ['whose case is not its own', 'TCPChat.v1.JSON'],
    ['that are not known, all of them', 'soap, wamp, tcpchat.v2.json'],
    ['that comes twice', `${jsonProtocol}, ${jsonProtocol}`],
    ['that is none', ',,'],
    ['with a character that cannot be in it', 'tcpchat/v1'],
  ] as const) {
    it(`${what} is refused in the handshake`, async () => {
      const headers = { ...handshakeHeaders, 'Sec-WebSocket-Protocol': offer };
      const answer = await ask(port, '/ws', { headers });
      expect(answer.status).to.equal(400);
      expectReadable(answer);
      expectSecure(answer);
    });
  }

  it('is none: text in the first message makes it a connection of lines', async () => {
    using client = await WebSocketClient.open(port);
    client.sendText('{"content":"hi"}');
    await client.expectText('{"content":"hi"}');
  });

  it('is none: until the first message, broadcasts arrive as text; then it decides', async () => {
    using talker = await WebSocketClient.open(port, { path: '/ws?username=talker' });
    using lines = await WebSocketClient.open(port);
    using frames = await WebSocketClient.open(port);
    talker.sendText('first');
    for (const client of [talker, lines, frames]) await client.expectText('[talker] first');
    lines.sendText('second');
    for (const client of [talker, lines, frames]) await client.expectText('second');
    frames.sendBinary(echoHi);
    expect(await frames.nextFrame()).to.include({ content: '(echo)hi' });
    talker.sendText('third');
    for (const client of [talker, lines]) await client.expectText('[talker] third');
    expect(await frames.nextFrame()).to.include({ content: '(broadcast)third', sender: '' });
  });

  it('is none: a hello in the first binary message makes the session full', async () => {
    using client = await WebSocketClient.open(port);
    const hello = helloOf({ name: 'alice' });
    client.sendFrames({ control: { $case: 'hello', hello } });
    expect((await client.nextFrame()).control?.$case).to.equal('welcome');
    client.sendFrames({ content: 'hi' });
    expect(await client.nextFrame()).to.include({ content: 'hi' });
  });

  // "1003 for what WebSocket does not allow and for text in the place of binary or the reverse".
  it('is of frames: text is refused in a frame, and closes with 1003', async () => {
    using client = await WebSocketClient.open(port, { protocols: [binaryProtocol] });
    client.sendText('hi');
    expect((await client.nextFrame()).content).to.match(textAmongBinary);
    expect(await client.ended()).to.include({ code: 1003 });
  });

  it('is of JSON: binary is refused in JSON, and closes with 1003', async () => {
    using client = await WebSocketClient.open(port, { protocols: [jsonProtocol] });
    client.sendBinary(echoHi);
    expect((await client.nextJson())['content']).to.match(textAmongBinary);
    expect(await client.ended()).to.include({ code: 1003 });
  });

  it('was decided by a first text: binary is refused as a line, and closes with 1003', async () => {
    using client = await WebSocketClient.open(port);
    client.sendText('hi');
    await client.expectText('hi');
    client.sendBinary(echoHi);
    expect(await client.nextText()).to.match(textAmongBinary);
    expect(await client.ended()).to.include({ code: 1003 });
  });

  it('was decided by a first frame: text is refused in a frame, and closes with 1003', async () => {
    using client = await WebSocketClient.open(port);
    client.sendBinary(echoHi);
    expect(await client.nextFrame()).to.include({ content: '(echo)hi' });
    client.sendText('hi');
    expect((await client.nextFrame()).content).to.match(textAmongBinary);
    expect(await client.ended()).to.include({ code: 1003 });
  });

  it('decides also when the wrong kind comes in one segment with the right one', async () => {
    using client = await RawWebSocket.open(port);
    client.socket.cork();
    client.text('one');
    client.binary(echoHi);
    client.text('after it');
    client.socket.uncork();
    expect(await client.nextText()).to.equal('one');
    expect(await client.nextText()).to.match(textAmongBinary);
    expect(await client.ended()).to.deep.include({ code: 1003, frames: [] });
  });

  for (const path of ['/ws/', '/ws/x', '/wss', '/WS', '/chat']) {
    it(`belongs to /ws and the root: ${path} is no place for a WebSocket`, async () => {
      const answer = await ask(port, path, { headers: handshakeHeaders });
      expect(answer.status).to.be.oneOf([400, 404]);
      expectSecure(answer);
    });
  }
});
