import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import sirv from 'sirv';
import { addressOf } from './http-address.js';
import { noAddress } from './http-refusals.js';
import { securityHeaders } from './security-headers.js';

/** What is served. */
export interface RouteOptions {
  /** The folder with the built page. */
  readonly pageFolder: string;
  /** Why nothing should be sent to this server now; undefined when all is well. */
  readonly problem: () => Promise<string | undefined>;
  /** What operators measure, and its media type. */
  readonly metrics: () => Promise<{ readonly text: string; readonly type: string }>;
}

/** How long a store may take to say that it works. */
const readinessTimeoutMs = 2000;

/** A URL that is longer is none of ours. */
const urlCharsMax = 2048;

/** Answers plain requests. */
export class Routes {
  readonly #options: RouteOptions;
  /** Undefined where it was not built. */
  readonly #page: ReturnType<typeof sirv> | undefined;

  constructor(options: RouteOptions) {
    this.#options = options;
    if (!existsSync(options.pageFolder)) return;
    this.#page = sirv(options.pageFolder, {
      etag: true,
      gzip: true,
      brotli: true,
      setHeaders: (response, pathname) => {
        // A built file's name says what is in it; the page itself is asked for each time.
        const isNamedByContent = pathname.startsWith('/assets/');
        const caching = isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache';
        response.setHeader('Cache-Control', caching);
      },
    });
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (!isAcceptable(request, response)) return;
    switch (addressOf(request)?.pathname) {
      case undefined:
        say(response, 400, noAddress);
        return;
      case '/healthz':
        say(response, 200, 'ok');
        return;
      case '/readyz':
        void this.#readiness(response);
        return;
      case '/metrics':
        void this.#metrics(response);
        return;
      case '/ws':
      case '/echo':
        response.setHeader('Upgrade', 'websocket');
        say(response, 426, 'this address speaks WebSocket');
        return;
      default:
        if (this.#page === undefined) say(response, 404, 'the page was not built');
        else this.#page(request, response, () => say(response, 404, 'there is nothing here'));
    }
  }

  async #readiness(response: ServerResponse): Promise<void> {
    const problem = await within(readinessTimeoutMs, this.#options.problem());
    say(response, problem === undefined ? 200 : 503, problem ?? 'ready');
  }

  async #metrics(response: ServerResponse): Promise<void> {
    const { text, type } = await this.#options.metrics();
    send(response, 200, text, type);
  }
}

/** Answers what is not acceptable, whatever it is about. */
function isAcceptable(
  { method, headers, url = '' }: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    response.setHeader('Connection', 'close');
    say(response, 405, 'only GET and HEAD are possible');
  } else if (
    headers['transfer-encoding'] !== undefined ||
    Number(headers['content-length'] ?? 0) > 0
  ) {
    // It is not read, so nothing can follow it.
    response.setHeader('Connection', 'close');
    say(response, 413, 'a request may not have a body');
  } else if (url.length > urlCharsMax) {
    say(response, 414, `an address may not have more than ${urlCharsMax} characters`);
  } else return true;
  return false;
}

async function within(
  timeoutMs: number,
  problem: Promise<string | undefined>,
): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('the store does not answer'), timeoutMs);
  });
  try {
    return await Promise.race([problem, late]);
  } finally {
    clearTimeout(timer);
  }
}

function say(response: ServerResponse, status: number, sentence: string): void {
  send(response, status, `${sentence}\n`, 'text/plain; charset=utf-8');
}

/** Nothing of this is to be kept by anybody: it is how things are now. */
function send(response: ServerResponse, status: number, text: string, type: string): void {
  response.setHeader('Cache-Control', 'no-store');
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}
