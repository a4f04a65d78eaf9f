// A baseline: the broadcast loop from the README of the `ws` package. A connection
// to /echo gets its own messages back, any other takes part in the broadcast.
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

const server = new WebSocketServer({
  port: 0,
  host: '127.0.0.1',
  backlog: 4096,
  perMessageDeflate: false,
});

server.on('connection', (socket, request) => {
  const echoes = request.url === '/echo';
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (echoes) {
      socket.send(data, { binary: isBinary });
      return;
    }
    for (const client of server.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
    }
  });
  socket.on('error', () => socket.terminate());
});

server.on('listening', () => {
  process.stdout.write(`listening on ws://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
