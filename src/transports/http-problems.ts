import type { IncomingMessage } from 'node:http';
import type { Access } from './access.js';

/** More lines than any browser or proxy sends. */
export const headersMax = 100;

/** A URL that is longer is none of ours. */
const urlCharsMax = 2048;

/** A name, an IPv4 address or an IPv6 address in brackets, and a port (RFC 9110 section 7.2). */
const hostForm = /^(?:\[[\da-f:.]+(?:%[\w.~%-]+)?\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i;

/** Why a request cannot be answered, whatever it asks for. */
export interface HttpProblem {
  readonly status: number;
  readonly sentence: string;
}

/**
 * What is wrong with a request, an upgrade too; undefined when nothing is. What operators ask for
 * is for machines, which may use names of their own.
 */
export function problemOf(
  { rawHeaders, url = '', httpVersionMinor }: IncomingMessage,
  { names }: Access,
): HttpProblem | undefined {
  if (rawHeaders.length / 2 > headersMax) {
    return { status: 431, sentence: `there are more than ${headersMax} headers` };
  }
  // RFC 9112 section 3.2. Node shows only the first of several.
  const hosts = rawHeaders.filter((_, at) => at % 2 === 1 && isHost(rawHeaders[at - 1]!));
  const [host = ''] = hosts;
  if (hosts.length > 1) return { status: 400, sentence: 'there is more than one header Host' };
  if (hosts.length === 0 && httpVersionMinor > 0) {
    return { status: 400, sentence: 'the header Host is missing' };
  }
  if (!hostForm.test(host))
    return { status: 400, sentence: 'the header Host does not name a host' };
  if (!names.hasHost(host) && !/^\/(healthz|readyz|metrics)$/.test(url)) {
    const sentence = `this server is not known as ${host}; its operator can name it (--public-url)`;
    return { status: 421, sentence };
  }
  if (url.length > urlCharsMax) {
    return { status: 414, sentence: `the URL is longer than ${urlCharsMax} characters` };
  }
  return undefined;
}

function isHost(name: string): boolean {
  return name.toLowerCase() === 'host';
}
