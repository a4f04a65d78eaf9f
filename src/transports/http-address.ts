import type { IncomingMessage } from 'node:http';

/**
 * What a request is about: only its path and query count, whatever host a proxy or an
 * HTTP/1.0 client puts in front (RFC 9112 section 3.2). Undefined for what is no address.
 */
export function addressOf({ url = '' }: IncomingMessage): URL | undefined {
  // Put after a host as text: resolved against one, `//a/b` would be the path /b of a.
  if (url.startsWith('/')) return new URL(`http://host${url}`);
  return /^https?:\/\/[^/?#\\]/i.test(url) && URL.canParse(url) ? new URL(url) : undefined;
}
