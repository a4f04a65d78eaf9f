import { expect } from 'chai';
import { ask } from '../support/http.js';
import { RawWebSocket } from '../support/raw-websocket.js';
import { TestServer } from '../support/server.js';
import { opcodes } from '../support/websocket-frames.js';
import {
  binaryProtocol,
  jsonProtocol,
  WebSocketClient,
  wholeFrames,
} from '../support/websocket-client.js';
import { helloOf } from '../support/hello.js';

const sentence = 'the server is shutting down';

// chat.proto, 12.11: an error or a goodbye, and then 1001.
describe('a server that is closed while people are there over WebSocket', () => {
  it('says goodbye in every encoding, and closes with 1001', async () => {
    await using server = await TestServer.start();
    const port = server.chat.httpPort!;
    using lines = await WebSocketClient.open(port);
    using json = await WebSocketClient.open(port, { protocols: [jsonProtocol] });
    using frames = await WebSocketClient.open(port, { protocols: [binaryProtocol] });
    using fullJson = await WebSocketClient.open(port, { protocols: [jsonProtocol] });
    fullJson.sendJson({ hello: { version: 1, name: 'json' } });
    await fullJson.nextJson();
    using fullFrames = await WebSocketClient.open(port, { protocols: [binaryProtocol] });
    const hello = helloOf({ name: 'frames' });
    fullFrames.sendFrames({ control: { $case: 'hello', hello } });
    await fullFrames.nextFrame();
    using echo = await WebSocketClient.open(port, { path: '/echo' });
    echo.sendText('hi');
    await echo.expectText('hi');

    await server.chat.close();
    await lines.expectText(`(error)${sentence}`);
    expect(await json.nextJson()).to.deep.equal({ content: `(error)${sentence}`, type: 'ECHO' });
    expect(await frames.nextFrame()).to.include({ content: `(error)${sentence}`, type: 0 });
    const { goodbye } = (await fullJson.nextJson()) as { goodbye: object };
    expect(goodbye).to.include({ reason: 'GOODBYE_REASON_SHUTTING_DOWN', reconnect: true });
    const { control } = await fullFrames.nextFrame();
    expect(control?.$case).to.equal('goodbye');
    for (const client of [lines, json, frames, fullJson, fullFrames, echo]) {
      expect((await client.ended()).code).to.equal(1001);
    }
    expect(server.chat.sessionCount).to.equal(0);
  });

  it('has delivered before what it had accepted', async () => {
    await using server = await TestServer.start({ rateLimit: 0 });
    const port = server.chat.httpPort!;
    const count = 300;
    const texts = Array.from({ length: count }, (_, index) => `message ${index}`);
    using writer = await RawWebSocket.open(port);
    using json = await RawWebSocket.open(port, { protocols: [jsonProtocol] });
    using frames = await RawWebSocket.open(port, { protocols: [binaryProtocol] });
    json.text('{"content":"there?"}');
    await json.nextText();
    frames.binary([0]);
    await frames.nextBinary();
    // All of it fits in one read: when the first one is back, the server has it all.
    writer.send(...texts.map((payload) => ({ opcode: opcodes.text, payload })));
    expect(await writer.nextText()).to.equal(texts[0]);
    await server.chat.close();

    const owed = [...texts, `(error)${sentence}`];
    const toWriter = await writer.ended();
    expect(toWriter.code).to.equal(1001);
    expect(toWriter.frames.map(({ payload }) => payload.toString())).to.deep.equal(owed.slice(1));
    const marked = owed.map((text) => (text.startsWith('(error)') ? text : `(broadcast)${text}`));
    const toJson = await json.ended();
    expect(toJson.code).to.equal(1001);
    expect(
      toJson.frames.map(
        ({ payload }) => (JSON.parse(payload.toString()) as { content: string }).content,
      ),
    ).to.deep.equal(marked);
    const toFrames = await frames.ended();
    expect(toFrames.code).to.equal(1001);
    expect(
      toFrames.frames.flatMap(({ payload }) => wholeFrames(payload)).map(({ content }) => content),
    ).to.deep.equal(marked);
  });

  it('closes in time though a peer neither reads nor answers the close', async () => {
    await using server = await TestServer.start({ drainTimeoutMs: 300 });
    const port = server.chat.httpPort!;
    using deaf = await RawWebSocket.open(port, { reading: false });
    using rude = await RawWebSocket.open(port, { path: '/ws?username=rude', closing: false });
    using begun = await RawWebSocket.open(port);
    begun.send({ opcode: opcodes.text, payload: 'x', fin: false });
    using echo = await RawWebSocket.open(port, { path: '/echo', reading: false });
    echo.text('hi');
    deaf.text('hi');
    expect(await rude.nextText()).to.equal('hi');
    const sinceMs = performance.now();
    await server.chat.close();
    expect(performance.now() - sinceMs).to.be.lessThan(5000);
    expect(server.chat.sessionCount).to.equal(0);
    expect((await rude.ended()).code).to.equal(1001);
  });

  it('accepts nothing more, and sends nothing after its goodbye', async () => {
    await using server = await TestServer.start();
    const port = server.chat.httpPort!;
    using reader = await RawWebSocket.open(port, { path: '/ws?username=reader' });
    using writer = await RawWebSocket.open(port, { path: '/ws?username=writer', closing: false });
    writer.text('in time');
    for (const client of [reader, writer]) {
      expect(await client.nextText()).to.equal('[writer] in time');
    }
    const closing = server.chat.close();
    writer.text('too late');
    writer.ping('too late');
    writer.sendBytes([0xff, 0xff, 0xff]);
    await closing;
    for (const client of [reader, writer]) {
      const { code, frames } = await client.ended();
      expect(code).to.equal(1001);
      expect(frames.map(({ payload }) => payload.toString())).to.deep.equal([`(error)${sentence}`]);
    }
  });

  it('turns away who comes then, in words and with 1001, and is not ready', async () => {
    await using server = await TestServer.start({ drainTimeoutMs: 2000 });
    const port = server.chat.httpPort!;
    expect((await ask(port, '/readyz')).status).to.equal(200);
    const held = await server.full('held', { allowHalfOpen: true });
    held.pause();
    const closing = server.chat.close();
    expect((await ask(port, '/readyz')).status).to.equal(503);
    for (const path of ['/ws', '/ws?username=late']) {
      using late = await RawWebSocket.open(port, { path });
      expect(await late.nextText()).to.equal(`(error)${sentence}`);
      expect(await late.ended()).to.deep.include({ code: 1001, frames: [] });
    }
    held.resume();
    held.end();
    await closing;
    const problem = await ask(port, '/healthz').catch((error: Error) => error);
    expect(problem).to.be.instanceOf(Error);
  });
});
