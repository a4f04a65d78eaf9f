import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { ChatClient } from '../../src/client/client.js';
import { connect } from '../../src/client/connect-browser.js';
import { dialWebSocket } from '../../src/client/dial-websocket.js';
import { WebSocket, WebSocketServer } from '../../src/ws.js';
import { nextEvent, rejection } from '../support/chat-clients.js';
import { TestServer } from '../support/server.js';

const dial = dialWebSocket(WebSocket);

describe('a WebSocket that is dialled', () => {
  it('carries a client to a server, whose path need not be named', async () => {
    await using server = await TestServer.start();
    const url = new URL(`ws://127.0.0.1:${server.chat.httpPort}`);
    await using client = await ChatClient.connect(url, dial, { name: 'alice' });
    const text = 'ä'.repeat(2048);
    const heard = nextEvent(client, 'message');
    expect((await client.send(text)).seq).to.equal(1);
    expect((await heard)[0].content).to.equal(text);
    expect(server.chat.sessionCount).to.equal(1);
    await client.close();
    await server.sessions(0);
  });

  it('is not there when nobody listens, or somebody else does', async () => {
    await using server = await TestServer.start();
    const port = server.chat.httpPort;
    for (const url of [`ws://127.0.0.1:${port}/healthz`, 'ws://127.0.0.1:1']) {
      const error = await rejection(ChatClient.connect(new URL(url), dial));
      expect(error, url).to.include({ kind: 'unreachable' });
      expect(error.message).to.contain(`cannot connect to ${new URL(url).host}`);
    }
  });

  it('is given up when nobody waits for it any more', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const url = new URL(`ws://127.0.0.1:${(mute.address() as AddressInfo).port}`);
    const abort = new AbortController();
    const dialling = dial(url, silent, abort.signal);
    const [socket] = (await once(mute, 'connection')) as [Socket];
    abort.abort(new Error('enough'));
    expect((await rejection(dialling)).message).to.equal('enough');
    expect(await rejection(dial(url, silent, abort.signal))).to.equal(abort.signal.reason);
    socket.destroy();
    mute.close();
  });

  it('tells with which code and reason it was closed, unless it just ended', async () => {
    await using scripted = await ScriptedWebSocket.start();
    for (const [code, reason, sentence] of [
      [1000, 'done', undefined],
      [1013, 'come later', 'the WebSocket was closed with code 1013: come later'],
      [1009, '', 'the WebSocket was closed with code 1009'],
    ] as const) {
      const closed = new Promise<Error | undefined>((resolve) => {
        const listener = { received: () => {}, closed: resolve };
        void dial(scripted.url, listener, new AbortController().signal);
      });
      const [socket] = (await once(scripted.server, 'connection')) as [WebSocket];
      socket.close(code, reason);
      expect((await closed)?.message).to.equal(sentence);
    }
  });

  it('asks for the subprotocol, and sends each write as one binary message', async () => {
    await using scripted = await ScriptedWebSocket.start();
    const dialling = dial(scripted.url, silent, new AbortController().signal);
    const [socket] = (await once(scripted.server, 'connection')) as [WebSocket];
    expect(socket.protocol).to.equal('tcpchat.v1.proto');
    const stream = await dialling;
    stream.write(Uint8Array.of(1, 2, 3));
    expect(await once(socket, 'message')).to.deep.equal([Buffer.of(1, 2, 3), true]);
    stream.end();
    expect((await once(socket, 'close'))[0]).to.equal(1000);
  });

  it('is what a page connects with, and nothing else', async () => {
    for (const url of ['tcp://127.0.0.1:4444', 'http://127.0.0.1', 'nonsense']) {
      expect(await rejection(connect(url))).to.be.instanceOf(TypeError);
    }
  });
});

const silent = { received: () => {}, closed: () => {} };

/** A WebSocket server of a test's own. */
class ScriptedWebSocket implements AsyncDisposable {
  readonly server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.server = server;
  }

  static async start(): Promise<ScriptedWebSocket> {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      handleProtocols: () => 'tcpchat.v1.proto',
    });
    await once(server, 'listening');
    return new ScriptedWebSocket(server);
  }

  get url(): URL {
    return new URL(`ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/any/path`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.server.clients) socket.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
