import { createServer as createHttpServer, type Server } from 'node:http';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import sirv from 'sirv';
import { WebSocketServer } from 'ws';
import { createServer, type ChatServer, type ServerOptions } from '../../src/index.js';
import { root } from './programs.js';
import { Wire } from './wire.js';

const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** TEMPORARY: a chat server with the page in front of it, until the server serves it itself. */
export class PageServer implements AsyncDisposable {
  readonly #chat: ChatServer;
  readonly #http: Server;
  readonly wire: Wire;
  #sockets!: WebSocketServer;

  private constructor(chat: ChatServer, http: Server, wire: Wire) {
    this.#chat = chat;
    this.#http = http;
    this.wire = wire;
  }

  static async start(options: ServerOptions = {}): Promise<PageServer> {
    const chat = await createServer({
      port: 0,
      store: 'memory',
      drainTimeoutMs: 500,
      rateLimit: 0,
      ...options,
    });
    const files = sirv(join(root, 'dist', 'web'), {
      setHeaders: (response) => response.setHeader('Content-Security-Policy', csp),
    });
    const http = createHttpServer((request, response) => files(request, response));
    const sockets = new WebSocketServer({ server: http, path: '/ws' });
    sockets.on('connection', (socket) => {
      const tcp = connectTcp(chat.port);
      socket.on('message', (data: Buffer) => tcp.write(data));
      socket.on('close', () => tcp.end());
      tcp.on('data', (chunk) => socket.send(chunk));
      tcp.on('error', () => socket.terminate());
      tcp.on('close', () => socket.close(1000));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const wire = await Wire.to((http.address() as AddressInfo).port);
    const server = new PageServer(chat, http, wire);
    server.#sockets = sockets;
    return server;
  }

  /** Where the page is. */
  get url(): string {
    return `http://127.0.0.1:${this.wire.port}/`;
  }

  /** Where other clients connect. */
  get tcpUrl(): string {
    return this.#chat.urls[0]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.wire[Symbol.asyncDispose]();
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
    await this.#chat.close();
  }
}
