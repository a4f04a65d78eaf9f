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
  // Not the whole origin: behind a proxy that does TLS this server does not know of it.
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** The origins of a setting, separated by commas. */
export function originsOf(text: string): ReadonlySet<string> {
  const origins = text.split(',').map((origin) => origin.trim());
  return new Set(origins.filter((origin) => origin !== ''));
}
