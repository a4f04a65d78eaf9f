import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Node } from '../core/node.js';
import { refuseOn } from './http-refusals.js';
import { Routes, type RouteOptions } from './http-routes.js';
import { unremarkableBytes } from './socket-connection.js';
import { StallWatch } from './stall-watch.js';
import { backlogConnections, keepAliveMs } from './tcp.js';
import { Upgrades } from './upgrades.js';

/** How an HTTP listener is set up. */
export interface HttpOptions extends RouteOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** A WebSocket with bytes waiting that takes none for so long is given up. */
  readonly stallTimeoutMs: number;
  /** For a request to arrive whole, from its first byte on. */
  readonly requestTimeoutMs: number;
  readonly connectionsMax: number;
  /** See `Upgrades`. */
  readonly allowedOrigins: ReadonlySet<string>;
}

/** A listener for the page, its WebSockets, and what operators ask. */
export interface HttpListener {
  readonly host: string;
  /** The real port, also when a free one was asked for. */
  readonly port: number;
  /** Ends what is no session. Requests are still answered, so that it can be seen that it drains. */
  drain(): void;
  /** Closes at once what is still open; settles when all is. The sessions are the node's. */
  close(): Promise<void>;
}

/** Room for a browser's cookies and then some: nothing here needs headers. */
const headerBytesMax = 16 * 1024;

/** More lines than any browser or proxy sends. */
const headersMax = 100;

/** A connection without a request is closed after this long. */
const idleTimeoutMs = 10_000;

/** For a response to be taken, without any progress. */
const responseTimeoutMs = 30_000;

/** Plain requests come and go beside the connections that are sessions. */
const requestConnectionsMax = 1000;

/** Listens for HTTP. Rejects when it cannot listen. */
export async function listenHttp(node: Node, options: HttpOptions): Promise<HttpListener> {
  const { host, port, requestTimeoutMs } = options;
  const stalls = new StallWatch(options.stallTimeoutMs);
  const upgrades = new Upgrades(node, stalls, options.allowedOrigins);
  const routes = new Routes(options);
  const server = createServer({
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
    highWaterMark: unremarkableBytes,
    maxHeaderSize: headerBytesMax,
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: idleTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, requestTimeoutMs / 2),
  });
  server.maxHeadersCount = headersMax + 1;
  server.maxConnections = options.connectionsMax + requestConnectionsMax;
  server.setTimeout(responseTimeoutMs);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (hasTooManyHeaders(request)) refuse(request, response);
    else routes.answer(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // The time limits of HTTP end here.
    socket.setTimeout(0);
    if (hasTooManyHeaders(request)) refuseOn(socket, 431, tooManyHeaders);
    else upgrades.answer(request, socket, head);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const [status, sentence] = unreadable.get(error.code ?? '') ?? [400, 'this port speaks HTTP'];
    refuseOn(socket, status, sentence);
  });
  await listening(server, host, port);
  server.on('error', (error) => node.observer.acceptFailed?.('http', error.message));
  const address = server.address() as AddressInfo;
  return {
    host: address.address,
    port: address.port,
    drain: () => upgrades.drain(),
    close: async () => {
      upgrades.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function listening(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: backlogConnections }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** What Node's parser calls what is no request, as a status and a sentence. */
const unreadable: ReadonlyMap<string, readonly [number, string]> = new Map([
  ['HPE_HEADER_OVERFLOW', [431, `the headers have more than ${headerBytesMax} bytes`]],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'the request did not arrive in time']],
]);

const tooManyHeaders = `there are more than ${headersMax} headers`;

function hasTooManyHeaders({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.length / 2 > headersMax;
}

function refuse({ socket }: IncomingMessage, response: ServerResponse): void {
  response.detachSocket(socket);
  refuseOn(socket, 431, tooManyHeaders);
}
