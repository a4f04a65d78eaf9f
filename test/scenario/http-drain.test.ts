import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { handshake } from '../support/raw-websocket.js';
import { TestServer } from '../support/server.js';

/** A connection on which something was said, and to which so many bytes at least came back. */
async function talking(port: number, text: string, answerBytes = 0): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  while (socket.bytesRead < answerBytes) await once(socket, 'data');
  return socket;
}

// `close()` "settles when the last connection is gone, [...] which takes at most
// `drainTimeoutMs` and 4 seconds".
describe('a server that is closed while requests of HTTP are open', () => {
  for (const [what, text, answerBytes] of [
    [
      'an idle connection that is kept alive',
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
      100,
    ],
    ['a connection on which nothing was said', '', 0],
    ['half a request', 'GET /healthz HTTP/1.1\r\nHo', 0],
    ['half a handshake', handshake('/ws').slice(0, -2), 0],
    ['a WebSocket that says nothing', handshake('/ws'), 100],
    ['an echo that says nothing', handshake('/echo'), 100],
  ] as const) {
    it(`does not wait for ${what}`, async () => {
      const drainTimeoutMs = 1000;
      await using server = await TestServer.start({ drainTimeoutMs });
      const sockets = await Promise.all(
        Array.from({ length: 3 }, async () => talking(server.chat.httpPort!, text, answerBytes)),
      );
      const bystander = await server.bare();
      const sinceMs = performance.now();
      await server.chat.close();
      expect(performance.now() - sinceMs).to.be.lessThan(drainTimeoutMs + 4000);
      await bystander.closed();
      for (const socket of sockets) {
        socket.resume();
        if (!socket.closed) await once(socket, 'close');
      }
    });
  }

  it('lets go of its port', async () => {
    const first = await TestServer.start();
    const httpPort = first.chat.httpPort!;
    const idle = await talking(httpPort, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', 100);
    await first[Symbol.asyncDispose]();
    await using second = await TestServer.start({ httpPort });
    expect(second.chat.httpPort).to.equal(httpPort);
    idle.destroy();
  });
});
