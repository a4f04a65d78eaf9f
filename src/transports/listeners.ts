import { isLoopback } from '../core/addresses.js';
import type { Door } from './door.js';
import { listen, type Listener } from './listener.js';

/** Where a server listens. */
export interface Places {
  readonly host: string;
  /** The port of all; 0 for a free one. */
  readonly port: number;
  /** The second one, for browsers; undefined for none. */
  readonly httpPort: number | undefined;
  /** Sockets that listen already, instead of all that. */
  readonly inherited: InheritedSockets | undefined;
}

/** File descriptors of sockets of TCP that listen already, as a service manager hands them over. */
export interface InheritedSockets {
  /** For everybody, as `port` is: at least one. */
  readonly tcp: readonly number[];
  /** For browsers, as `httpPort` is. */
  readonly http?: readonly number[];
}

/** All ports of a server. */
export class Listeners {
  readonly #chat: readonly Listener[];
  readonly #forBrowsers: readonly Listener[];

  private constructor(chat: readonly Listener[], forBrowsers: readonly Listener[]) {
    this.#chat = chat;
    this.#forBrowsers = forBrowsers;
  }

  /** Listens in all these places. Rejects when one of them cannot be had; then it does in none. */
  static async open(door: Door, places: Places): Promise<Listeners> {
    const { host, port, httpPort, inherited } = places;
    const chat: Listener[] = [];
    const forBrowsers: Listener[] = [];
    try {
      if (inherited === undefined) {
        chat.push(await listen(door, { host, port }));
        if (httpPort !== undefined) {
          forBrowsers.push(await listen(door, { host, port: httpPort }, true));
        }
      } else {
        for (const fd of inherited.tcp) chat.push(await listen(door, { fd }));
        // Without HTTP there is nothing for browsers.
        const http = httpPort === undefined ? [] : (inherited.http ?? []);
        for (const fd of http) forBrowsers.push(await listen(door, { fd }, true));
      }
    } catch (error) {
      for (const listener of [...chat, ...forBrowsers]) listener.close();
      throw error;
    }
    return new Listeners(chat, forBrowsers);
  }

  /** The first one of all. */
  get port(): number {
    return this.#chat[0]!.port;
  }

  get httpPort(): number | undefined {
    return this.#forBrowsers[0]?.port;
  }

  get urls(): string[] {
    return [
      ...this.#chat.map((listener) => urlOf('tcp', listener)),
      ...this.#forBrowsers.map((listener) => urlOf('http', listener)),
    ];
  }

  /** The addresses that other machines can reach, perhaps. */
  get openHosts(): string[] {
    const hosts = [...this.#chat, ...this.#forBrowsers].map(({ host }) => host);
    return [...new Set(hosts)].filter((host) => !isLoopback(host));
  }

  /** Accepts no sessions any more; it can still be asked whether the server is ready. */
  closeChat(): void {
    for (const listener of this.#chat) listener.close();
  }

  close(): void {
    for (const listener of [...this.#chat, ...this.#forBrowsers]) listener.close();
  }
}

function urlOf(scheme: string, { host, port }: { host: string; port: number }): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
