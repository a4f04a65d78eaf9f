import type { IncomingMessage } from 'node:http';

/** What a request is about; undefined for what is no address at all. */
export function addressOf({ url = '' }: IncomingMessage): URL | undefined {
  // Only the path counts, whatever host a proxy or an HTTP/1.0 client puts in front.
  const here = 'http://host';
  return URL.canParse(url, here) ? new URL(url, here) : undefined;
}
