import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a WebSocket may be opened. Browsers let every page open one to anywhere, with
 * the user's rights, and say in `Origin` which page it is (RFC 6455 section 10.2). Programs
 * that are no browsers say nothing.
 */
export function isAllowedOrigin(
  { origin, host }: IncomingHttpHeaders,
  allowed: ReadonlySet<string>,
  names: { hasOrigin(origin: string): boolean },
): boolean {
  if (origin === undefined || allowed.has('*') || allowed.has(origin)) return true;
  if (names.hasOrigin(origin)) return true;
  if (host === undefined || !URL.canParse(origin)) return false;
  // Not the whole origin: behind a proxy that does TLS this server does not know of it. The
  // port that goes without saying may be in either of them.
  const { protocol, host: originHost } = new URL(origin);
  const here = `${protocol}//${host}`;
  return originHost !== '' && URL.canParse(here) && new URL(here).host === originHost;
}

/** Schemes of addresses that no page has. */
const pagelessSchemes: ReadonlySet<string> = new Set(['ws:', 'wss:', 'ftp:', 'file:']);

/**
 * An origin as browsers write it in `Origin`, also of an extension's pages; undefined for
 * what no page comes from: with it nobody would ever be allowed to connect.
 */
export function originOf(text: string): string | undefined {
  if (!URL.canParse(text) || text.includes('*')) return undefined;
  const { protocol, host, username, password, pathname, search, hash } = new URL(text);
  const rest = username + password + pathname + search + hash;
  if (host === '' || pagelessSchemes.has(protocol) || (rest !== '' && rest !== '/')) {
    return undefined;
  }
  // `URL.origin` is null for all schemes that it does not know.
  return `${protocol}//${host.toLowerCase()}`;
}
