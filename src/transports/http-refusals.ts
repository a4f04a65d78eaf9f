import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { securityHeaders } from './security-headers.js';

/** Said to whoever asks for something like `//`. */
export const noAddress = 'that is no address';

/** Whoever does not read the answer is cut after this long. */
const lingerMs = 2000;

/**
 * Answers on a socket that is not, or not any more, in the care of Node's HTTP server: a
 * request that could not be read, or an upgrade. Then it is closed.
 */
export function refuseOn(socket: Socket, status: number, sentence: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = `${sentence}\n`;
  const headers = {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
    ...securityHeaders,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.setTimeout(lingerMs, () => socket.destroy());
  socket.once('error', () => socket.destroy()).once('finish', () => socket.destroySoon());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}
