import { createServer, ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Admission, type AdmissionOptions } from '../core/admission.js';
import type { Node } from '../core/node.js';
import type { Observer } from '../core/ports.js';
import { factsOf } from '../protocol/errors.js';
import { problemOf, headersMax } from './http-problems.js';
import { onlyReading, refuseOn } from './http-refusals.js';
import { Routes, type RouteOptions } from './http-routes.js';
import { listening, socketOptions, unremarkableBytes } from './listen.js';
import type { OpenSockets } from './open-sockets.js';
import { Responses } from './responses.js';
import { SharedParts } from './shared-parts.js';
import { Upgrades } from './upgrades.js';

/** How an HTTP listener is set up. */
export interface HttpOptions extends RouteOptions, AdmissionOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** A WebSocket with bytes waiting that takes none for so long is given up. */
  readonly stallTimeoutMs: number;
  /** For a request to arrive whole, from its first byte on. */
  readonly requestTimeoutMs: number;
  /** See `Upgrades`. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** Where its connections are counted, beside those of other listeners. */
  readonly openSockets: OpenSockets;
}

/** A listener for the page, its WebSockets, and what operators ask. */
export interface HttpListener {
  readonly host: string;
  /** The real port, also when a free one was asked for. */
  readonly port: number;
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
const requestConnectionsMax = { connectionsMax: 1000, connectionsPerAddressMax: 100 } as const;

/** Listens for HTTP. Rejects when it cannot listen. */
export async function listenHttp(node: Node, options: HttpOptions): Promise<HttpListener> {
  const { requestTimeoutMs } = options;
  const { observer } = node;
  const upgrades = new Upgrades(
    node,
    new SharedParts(options.stallTimeoutMs, node.memory, options.openSockets),
    options.allowedOrigins,
  );
  const routes = new Routes(options, observer);
  const sockets = new Set<Socket>();
  const responses = new Responses();
  const admission = new Admission({
    connectionsMax: options.connectionsMax + requestConnectionsMax.connectionsMax,
    connectionsPerAddressMax:
      options.connectionsPerAddressMax + requestConnectionsMax.connectionsPerAddressMax,
    hasRoom: () => options.openSockets.hasRoom,
  });
  const server = createServer({
    ...socketOptions,
    highWaterMark: unremarkableBytes,
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
    const address = socket.remoteAddress ?? 'unknown';
    options.openSockets.add(socket);
    sockets.add(socket);
    const refusal = admission.enter(address);
    socket.once('close', () => {
      sockets.delete(socket);
      if (refusal === undefined) admission.leave(address);
    });
    if (refusal === undefined) return;
    const { sentence } = factsOf(refusal);
    const connection = { transport: 'http', address, port: socket.remotePort ?? 0 };
    observer.connectionRefused?.(connection, sentence);
    observer.refused?.(refusal);
    responses.endWith(socket, () => refuseOn(observer, socket, 503, sentence));
    options.openSockets.turnedAway(socket);
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
    if (isTaken(request, response)) answer(routes, request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // Whatever is written now would be in the middle of the answer to an earlier request.
    if (responses.openOn(socket) > 0 || responses.isEnding(socket)) {
      refuseAfterEarlierOnes({ responses, observer, socket }, 400, tooEarly);
    } else if (!isForWebSocket(request)) {
      answerPlainly(routes, request, socket);
    } else {
      // The time limits of HTTP end here.
      socket.setTimeout(0);
      const problem = problemOf(request);
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

  const { address, port } = await listening(server, options.host, options.port);
  server.on('error', (error) => observer.acceptFailed?.('http', error.message));
  return {
    host: address,
    port,
    drain: async (timeoutMs) => upgrades.drain(timeoutMs),
    close: async () => {
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

function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): void {
  const problem = problemOf(request);
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
function answerPlainly(routes: Routes, request: IncomingMessage, socket: Socket): void {
  socket.on('error', () => socket.destroy());
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => {
    response.detachSocket(socket);
    socket.end();
  });
  answer(routes, request, response);
}
