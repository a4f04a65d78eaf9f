import { createServer, ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Admission } from '../core/admission.js';
import type { Node } from '../core/node.js';
import type { Observer } from '../core/ports.js';
import { factsOf } from '../protocol/errors.js';
import { problemOf, headersMax } from './http-problems.js';
import { onlyReading, refuseOn } from './http-refusals.js';
import { Routes, type RouteOptions } from './http-routes.js';
import type { Access } from './access.js';
import { peerOf } from './peers.js';
import { Responses } from './responses.js';
import type { SharedParts } from './shared-parts.js';
import { Upgrades } from './upgrades.js';

/** How HTTP is served. */
export interface HttpOptions extends RouteOptions {
  /** For a request to arrive whole, from its first byte on. */
  readonly requestTimeoutMs: number;
  readonly shared: SharedParts;
}

/** What serves the page, its WebSockets, and what operators ask. */
export interface HttpServer {
  /** A connection, its first bytes in front of what follows; it is counted as an open socket. */
  take(socket: Socket): void;
  /**
   * Ends what is no session, and settles when it is gone, after `timeoutMs` at the latest.
   * Requests are still answered, so that it can be seen that the server drains.
   */
  drain(timeoutMs: number): Promise<void>;
  /** Closes at once what is still open; settles when all is. The sessions are the node's. */
  close(): Promise<void>;
}

/** Room for a browser's cookies and then some: nothing here needs headers. */
const headerBytesMax = 16 * 1024;

/** Between two requests of a connection. */
const idleTimeoutMs = 10_000;

/** For a response to be taken, without any progress. */
const responseTimeoutMs = 30_000;

/** Requests that wait for the answer to an earlier one; browsers send none. */
const pipelinedMax = 16;

/** Plain requests come and go beside the connections that are sessions: so many more there may be. */
const moreConnectionsMax = 1000;
const morePerAddressMax = 100;

/** Serves HTTP on connections that somebody else has accepted. */
export function serveHttp(node: Node, options: HttpOptions): HttpServer {
  const { requestTimeoutMs, shared } = options;
  const { observer } = node;
  const { access } = options;
  const upgrades = new Upgrades(node, shared, access);
  const routes = new Routes(options, observer);
  const sockets = new Set<Socket>();
  let isClosed = false;
  const responses = new Responses();
  const admission = new Admission({
    get connectionsMax() {
      return access.connectionsMax + moreConnectionsMax;
    },
    get connectionsPerAddressMax() {
      return access.connectionsPerAddressMax + morePerAddressMax;
    },
    hasRoom: () => shared.openSockets.hasRoom,
    // It stands for many.
    isExempt: (address) => access.proxies.has(address),
  });
  const server = createServer({
    maxHeaderSize: headerBytesMax,
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: idleTimeoutMs,
    // It is told to the client by us, with a sentence.
    requireHostHeader: false,
    connectionsCheckingInterval: Math.ceil(Math.min(1000, requestTimeoutMs / 2)),
  });
  server.maxHeadersCount = headersMax + 1;
  server.setTimeout(responseTimeoutMs);

  server.on('connection', (socket: Socket) => {
    const { address, port } = peerOf(socket);
    sockets.add(socket);
    const refusal = admission.enter(address);
    socket.once('close', () => {
      sockets.delete(socket);
      if (refusal === undefined) admission.leave(address);
    });
    if (refusal === undefined) return;
    const { sentence } = factsOf(refusal);
    const connection = { transport: 'http', address, port };
    observer.connectionRefused?.(connection, sentence);
    observer.refused?.(refusal);
    responses.endWith(socket, () => refuseOn(observer, socket, 503, sentence));
    shared.openSockets.turnedAway(socket);
  });
  const isTaken = ({ socket }: IncomingMessage, response: ServerResponse): boolean => {
    if (responses.openOn(socket) >= pipelinedMax) {
      responses.endWith(socket, () => socket.destroySoon());
    }
    if (responses.isEnding(socket)) return false;
    responses.add(socket, response);
    return true;
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (isTaken(request, response)) answer(routes, access, request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // Whatever is written now would be in the middle of the answer to an earlier request.
    if (responses.openOn(socket) > 0 || responses.isEnding(socket)) {
      refuseAfterEarlierOnes({ responses, observer, socket }, 400, tooEarly);
    } else if (!isForWebSocket(request)) {
      answerPlainly(routes, access, request, socket);
    } else {
      // The time limits of HTTP end here.
      socket.setTimeout(0);
      const problem = problemOf(request, access);
      if (problem === undefined) upgrades.answer(request, socket, head);
      else refuseOn(observer, socket, problem.status, problem.sentence);
    }
  });
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    refuseAfterEarlierOnes(
      { responses, observer, socket },
      405,
      onlyReading.sentence,
      onlyReading.headers,
    );
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const [status, sentence] = unreadable.get(error.code ?? '') ?? [400, 'this port speaks HTTP'];
    responses.endWith(socket, () => refuseOn(observer, socket, status, sentence));
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    if (!isTaken(request, response)) return;
    routes.refuse(response, 417, `the expectation "${request.headers.expect}" is not supported`);
  });

  // It listens nowhere itself: this makes it watch the time of its connections all the same.
  server.emit('listening');
  return {
    take: (socket) => {
      if (isClosed) socket.destroy();
      else server.emit('connection', socket);
    },
    drain: async (timeoutMs) => upgrades.drain(timeoutMs),
    close: async () => {
      isClosed = true;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
    },
  };
}

/** What Node's parser calls what is no request, as a status and a sentence. */
const unreadable: ReadonlyMap<string, readonly [number, string]> = new Map([
  ['HPE_HEADER_OVERFLOW', [431, `the headers are longer than ${headerBytesMax} bytes`]],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, 'the request did not arrive in time']],
]);

const tooEarly =
  'an upgrade is only possible when all earlier requests on the connection were answered';

/** Whether it asks for a WebSocket in the way in which one can be had (RFC 6455 section 4.2.1). */
function isForWebSocket({ method, headers, httpVersionMinor }: IncomingMessage): boolean {
  const isAsked = headers.upgrade?.toLowerCase() === 'websocket';
  return isAsked && method === 'GET' && httpVersionMinor > 0;
}

function answer(
  routes: Routes,
  access: Access,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const problem = problemOf(request, access);
  if (problem === undefined) routes.answer(request, response);
  else routes.refuse(response, problem.status, problem.sentence);
}

/** A connection that Node's HTTP server has handed over, and who needs to know. */
interface Handover {
  readonly responses: Responses;
  readonly observer: Observer;
  readonly socket: Socket;
}

/**
 * Refuses what Node's HTTP server has handed over when all that came before is
 * answered, and watches the connection until then.
 */
function refuseAfterEarlierOnes(
  { responses, observer, socket }: Handover,
  ...refusal: [status: number, sentence: string, headers?: Readonly<Record<string, string>>]
): void {
  socket.on('error', () => socket.destroy());
  responses.endWith(socket, () => refuseOn(observer, socket, ...refusal));
}

/** Some clients offer other protocols than WebSocket with every request; they need not get them. */
function answerPlainly(
  routes: Routes,
  access: Access,
  request: IncomingMessage,
  socket: Socket,
): void {
  socket.on('error', () => socket.destroy());
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => {
    response.detachSocket(socket);
    socket.end();
  });
  answer(routes, access, request, response);
}
