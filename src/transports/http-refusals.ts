import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Observer } from '../core/ports.js';
import { securityHeaders } from './security-headers.js';

/** Said to whoever asks for something like `*`. */
export const noAddress = 'the URL is not valid';

/** Said to whoever asks by another method (RFC 9110 section 15.5.6). */
export const onlyReading = {
  sentence: 'only the methods GET and HEAD are supported',
  headers: { Allow: 'GET, HEAD' },
} as const;

/** How long a connection that was refused may take to read why. */
const lingerMs = 2000;

/**
 * Answers on a socket that is not, or not any more, in the care of Node's HTTP server: a
 * request that could not be read, or an upgrade. Then it is closed.
 */
export function refuseOn(
  observer: Observer,
  socket: Socket,
  status: number,
  sentence: string,
  more: Readonly<Record<string, string>> = {},
): void {
  // What follows in the same breath, or comes after the answer, is not answered again.
  if (socket.destroyed || socket.writableEnded) return;
  observer.requestRefused?.(status);
  const body = `${sentence}\n`;
  const headers = {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
    ...more,
    ...securityHeaders,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer)).once('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  // Closing with unread input would reset the connection, and the answer might be lost.
  socket.resume();
}
