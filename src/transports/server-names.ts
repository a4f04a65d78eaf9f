import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { originOf } from './origins.js';

/**
 * Under which names this server is reached: `localhost`, the name of the machine, any address,
 * and those of its public URLs.
 *
 * A page of somebody else can have a name of its own point to this server, and be of the same
 * origin then (DNS rebinding). So a name that is not known here is not answered. That takes a name:
 * whoever has an address in the URL has this server's page.
 */
export class ServerNames {
  readonly #hosts = new Set(['localhost', hostname().toLowerCase()]);
  readonly #origins = new Set<string>();

  /** Throws `Error` for a text that is no URL of a page. */
  constructor(publicUrls: readonly string[]) {
    for (const url of publicUrls) {
      const origin = /^https?:/i.test(url) ? originOf(url) : undefined;
      if (origin === undefined) {
        throw new Error(`${url} is not the URL of a server, such as https://chat.example`);
      }
      this.#origins.add(origin);
      this.#hosts.add(new URL(origin).hostname);
    }
  }

  /** Whether that is in a header `Host`, or where such a header is missing. */
  hasHost(host: string | undefined): boolean {
    if (host === undefined || host === '' || !URL.canParse(`http://${host}`)) return true;
    const { hostname: name } = new URL(`http://${host}`);
    return this.#hosts.has(name) || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  }

  /** Whether pages of that origin are this server's, whatever a proxy has made of `Host`. */
  hasOrigin(origin: string): boolean {
    return this.#origins.has(origin);
  }
}
