import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The requests and answers of one connection. */
interface Exchange {
  /** In the order of the requests, which is that of the answers. */
  readonly open: Set<ServerResponse>;
  /** What is done when nothing is open any more; then nothing more is answered. */
  end: (() => void) | undefined;
}

/** The answers that are not finished, by their connection: requests may come faster. */
export class Responses {
  readonly #exchanges = new WeakMap<Socket, Exchange>();

  add(socket: Socket, response: ServerResponse): void {
    const exchange = this.#of(socket);
    exchange.open.add(response);
    response.once('close', () => {
      exchange.open.delete(response);
      if (exchange.open.size === 0) exchange.end?.();
    });
  }

  openOn(socket: Socket): number {
    return this.#exchanges.get(socket)?.open.size ?? 0;
  }

  /** Whether the end of the connection has been decided. */
  isEnding(socket: Socket): boolean {
    return this.#exchanges.get(socket)?.end !== undefined;
  }

  /**
   * Calls back, to end the connection, when all that was asked has been answered: at once, if
   * nothing is open. The first to say how it ends decides.
   */
  endWith(socket: Socket, end: () => void): void {
    const exchange = this.#of(socket);
    if (exchange.end !== undefined) return;
    exchange.end = end;
    if (exchange.open.size === 0) end();
  }

  #of(socket: Socket): Exchange {
    const known = this.#exchanges.get(socket);
    if (known !== undefined) return known;
    const exchange: Exchange = { open: new Set(), end: undefined };
    this.#exchanges.set(socket, exchange);
    return exchange;
  }
}
