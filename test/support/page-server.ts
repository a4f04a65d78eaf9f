import { createServer as createHttpServer, type Server } from 'node:http';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import sirv from 'sirv';
import { WebSocketServer } from 'ws';
import { createServer, type ChatServer, type ServerOptions } from '../../src/index.js';
import { root } from './programs.js';

const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** TEMPORARY: a chat server with the page in front of it, until the server serves it itself. */
export class PageServer implements AsyncDisposable {
  readonly #options: ServerOptions;
  #chat!: ChatServer;
  #http!: Server;
  #sockets!: WebSocketServer;
  #port = 0;

  private constructor(options: ServerOptions) {
    this.#options = options;
  }

  static async start(options: ServerOptions = {}): Promise<PageServer> {
    const server = new PageServer(options);
    await server.restart();
    return server;
  }

  /** Where the page is. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** Where other clients connect. */
  get tcpUrl(): string {
    return this.#chat.urls[0]!;
  }

  async restart(): Promise<void> {
    this.#chat = await createServer({ port: 0, store: 'memory', drainTimeoutMs: 500, ...this.#options });
    const files = sirv(join(root, 'dist', 'web'), {
      setHeaders: (response) => response.setHeader('Content-Security-Policy', csp),
    });
    this.#http = createHttpServer((request, response) => files(request, response));
    this.#sockets = new WebSocketServer({ server: this.#http, path: '/ws' });
    this.#sockets.on('connection', (socket) => {
      const tcp = connectTcp(this.#chat.port);
      socket.on('message', (data: Buffer) => tcp.write(data));
      socket.on('close', () => tcp.end());
      tcp.on('data', (chunk) => socket.send(chunk));
      tcp.on('error', () => socket.terminate());
      tcp.on('close', () => socket.close(1000));
    });
    await new Promise<void>((resolve) => this.#http.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#http.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
    await this.#chat.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
