import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { checkSocketPath } from '../protocol/socket-path.js';
import { ConnectionError } from './errors.js';
import type { Dial, Stream, StreamListener } from './stream.js';
import { explained } from './tls-problems.js';

const defaultPort = 4444;

/** What is spoken inside of TLS, for servers that ask (RFC 7301). */
const alpnProtocol = 'tcpchat';

/** Opens a plain TCP connection to `tcp://host:port`. */
export const dialTcp: Dial = async (url, listener, signal) => {
  signal.throwIfAborted();
  const address = addressOf(url);
  const socket = connect({ ...address, noDelay: true });
  return await opened(socket, 'connect', nameOf(address), listener, signal);
};

/** Connects to the socket of a file system at `path`, whatever the URL says. */
export function dialPath(path: string): Dial {
  return async (_url, listener, signal) => {
    signal.throwIfAborted();
    checkSocketPath(path);
    return await opened(connect({ path }), 'connect', path, listener, signal);
  };
}

/**
 * The same with TLS to `tls://host:port`. `ca` are the certificates of the authorities that are
 * trusted, as PEM; when it is undefined, those that Node knows.
 */
export function dialTls(ca: string | undefined): Dial {
  return async (url, listener, signal) => {
    signal.throwIfAborted();
    const address = addressOf(url);
    const { host } = address;
    // An address is not sent as a name (RFC 6066 section 3).
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = connectTls({ ...address, ...name, ca, ALPNProtocols: [alpnProtocol] });
    socket.setNoDelay(true);
    return await opened(socket, 'secureConnect', nameOf(address), listener, signal);
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function addressOf({ hostname, port }: URL): Address {
  // An IPv6 address stands in brackets.
  const host = hostname.replace(/^\[|\]$/g, '');
  return { host, port: port === '' ? defaultPort : Number(port) };
}

function nameOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** The stream of a socket that is ready when that event comes. */
async function opened(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  address: string,
  listener: StreamListener,
  signal: AbortSignal,
): Promise<Stream> {
  try {
    await ready(socket, event, signal);
  } catch (cause) {
    socket.destroy();
    const { code = 'unreachable' } = cause as NodeJS.ErrnoException;
    const sentence = `cannot connect to ${address} (${code})`;
    throw explained(new ConnectionError('unreachable', sentence, { cause }), address);
  }
  let problem: Error | undefined;
  socket.on('data', (chunk) => listener.received(chunk));
  socket.on('error', (error) => (problem = error));
  socket.on('close', () => listener.closed(problem));
  return {
    write: (bytes) => void socket.write(bytes),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

async function ready(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.once(event, () => {
      signal.removeEventListener('abort', abort);
      socket.off('error', reject);
      resolve();
    });
  });
}
