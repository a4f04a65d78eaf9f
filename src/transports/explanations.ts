import { chatMessage } from '../protocol/codec.js';
import { encodeMessage } from '../protocol/encodings.js';
import { marks } from '../protocol/limits.js';
import type { Opening } from './openings.js';

/** Why something is not served where it came. */
export function reasonAgainst(opening: Exclude<Opening, 'frames'>): string {
  return sentences[opening];
}

/** What is not served where it came: one line for a person, in the form of that protocol. */
export function explanationFor(opening: Exclude<Opening, 'frames'>): string {
  const line = `${sentences[opening]}\n`;
  return opening === 'HTTP' ? response('400 Bad Request', line) : line;
}

/** What a client gets that comes without TLS where it must not. */
export function plaintextRefusal(opening: Opening): Uint8Array {
  return refusalFor(opening, onlyTls, '403 Forbidden');
}

/** Why a client may not stay, in the form of its protocol. */
export function refusalFor(
  opening: Opening,
  sentence: string,
  status = '503 Service Unavailable',
): Uint8Array {
  if (opening === 'HTTP') return Buffer.from(response(status, `${sentence}\n`));
  return encodeMessage('stream', chatMessage({ content: `${marks.error}${sentence}` }));
}

function response(status: string, line: string): string {
  return (
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nConnection: close\r\n` +
    `Content-Length: ${line.length}\r\n\r\n${line}`
  );
}

export const onlyTls = 'this server speaks only TLS to other machines';

const frames = 'length-prefixed protobuf messages';

const sentences = {
  HTTP: `this port does not speak HTTP: it takes ${frames}`,
  SSH: `this port speaks tcp-chat, not SSH: ${frames}, HTTP and WebSocket`,
  TLS: 'this port has no TLS',
  'PROXY 1': 'a PROXY header is only taken from an address that --trust-proxy names',
  'PROXY 2': 'a PROXY header is only taken from an address that --trust-proxy names',
} as const;
