import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a WebSocket may be opened. Browsers let every page open one to anywhere, with
 * the user's rights, and say in `Origin` which page it is (RFC 6455 section 10.2). Programs
 * that are no browsers say nothing.
 */
export function isAllowedOrigin(
  { origin, host }: IncomingHttpHeaders,
  allowed: ReadonlySet<string>,
): boolean {
  if (origin === undefined || allowed.has('*') || allowed.has(origin)) return true;
  if (host === undefined || !URL.canParse(origin)) return false;
  // Not the whole origin: behind a proxy that does TLS this server does not know of it. The
  // port that goes without saying may be in either of them.
  const { protocol, host: originHost } = new URL(origin);
  const here = `${protocol}//${host}`;
  return originHost !== '' && URL.canParse(here) && new URL(here).host === originHost;
}
