import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopback } from '../core/addresses.js';
import type { Observer } from '../core/ports.js';
import type { Access } from './access.js';
import { clientOf } from './forwarded.js';
import { addressOf } from './http-address.js';
import { noAddress, onlyReading } from './http-refusals.js';
import { PageFiles } from './page-files.js';
import { secure } from './security-headers.js';

/** What is served. */
export interface RouteOptions {
  /** The folder with the built page. */
  readonly pageFolder: string;
  /** Why nothing should be sent to this server now; undefined when all is well. */
  readonly problem: () => Promise<string | undefined>;
  readonly access: Access;
  /** What operators measure, and its media type. */
  readonly metrics: () => Promise<{ readonly text: string; readonly type: string }>;
}

/** How long a store may take to say that it works. */
const readinessTimeoutMs = 2000;

/** Answers plain requests. */
export class Routes {
  readonly #options: RouteOptions;
  readonly #observer: Observer;
  readonly #page: PageFiles;

  constructor(options: RouteOptions, observer: Observer) {
    this.#options = options;
    this.#observer = observer;
    this.#page = new PageFiles(options.pageFolder);
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const { method, headers } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', onlyReading.headers.Allow);
      this.refuse(response, 405, onlyReading.sentence);
    } else if (
      headers['transfer-encoding'] !== undefined ||
      Number(headers['content-length']) > 0
    ) {
      this.refuse(response, 413, 'a request must not have a body');
    } else this.#find(request, response);
  }

  /** Answers, and closes the connection: what follows may not be what it seems. */
  refuse(response: ServerResponse, status: number, sentence: string): void {
    response.setHeader('Connection', 'close');
    this.#say(response, status, sentence);
  }

  #find(request: IncomingMessage, response: ServerResponse): void {
    const pathname = addressOf(request)?.pathname;
    switch (pathname) {
      case undefined:
        this.#say(response, 400, noAddress);
        return;
      case '/healthz':
        this.#say(response, 200, 'ok');
        return;
      case '/readyz':
        if (this.#isForOperators(request, response)) return;
        void this.#answering(response, async () => this.#readiness(response));
        return;
      case '/metrics':
        if (this.#isForOperators(request, response)) return;
        void this.#answering(response, async () => this.#metrics(response));
        return;
      case '/ws':
      case '/echo':
        response.setHeader('Upgrade', 'websocket');
        this.#say(response, 426, 'this URL is for WebSocket connections');
        return;
      default:
        if (this.#page.answer(pathname, request, response)) return;
        this.#say(
          response,
          404,
          this.#page.isEmpty ? 'the page was not built' : 'there is nothing here',
        );
    }
  }

  /** Refuses somebody who is no operator, and says whether it has. */
  #isForOperators(request: IncomingMessage, response: ServerResponse): boolean {
    const { hasPublicMetrics, proxies } = this.#options.access;
    const { address } = clientOf(request, proxies);
    if (hasPublicMetrics || isLoopback(address) || proxies.has(address)) return false;
    this.#say(response, 403, 'this is for operators; see --public-metrics');
    return true;
  }

  async #readiness(response: ServerResponse): Promise<void> {
    const problem = await within(readinessTimeoutMs, this.#options.problem());
    this.#say(response, problem === undefined ? 200 : 503, problem ?? 'ready');
  }

  async #metrics(response: ServerResponse): Promise<void> {
    const { text, type } = await this.#options.metrics();
    this.#send(response, 200, text, type);
  }

  /** What cannot be found out, for want of files for instance, ends nothing but the request. */
  async #answering(response: ServerResponse, answer: () => Promise<void>): Promise<void> {
    try {
      await answer();
    } catch (error) {
      this.#say(response, 500, (error as Error).message);
    }
  }

  #say(response: ServerResponse, status: number, sentence: string): void {
    this.#send(response, status, `${sentence}\n`, 'text/plain; charset=utf-8');
  }

  /** Nothing of this is to be kept by anybody: it is how things are now. */
  #send(response: ServerResponse, status: number, text: string, type: string): void {
    if (status >= 400) this.#observer.requestRefused?.(status);
    secure(response);
    response.setHeader('Cache-Control', 'no-store');
    response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
    response.end(response.req.method === 'HEAD' ? undefined : text);
  }
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
