import { connect, type Socket } from 'node:net';
import { ConnectionError } from './errors.js';
import type { Stream, StreamListener } from './stream.js';

const defaultPort = 4444;

/** Opens a plain TCP connection to `tcp://host:port`. */
export async function dialTcp(
  url: URL,
  listener: StreamListener,
  signal: AbortSignal,
): Promise<Stream> {
  const host = url.hostname.replace(/^\[|\]$/g, ''); // an IPv6 address stands in brackets
  const port = url.port === '' ? defaultPort : Number(url.port);
  signal.throwIfAborted();
  const socket = connect({ host, port, noDelay: true });
  try {
    await opened(socket, signal);
  } catch (error) {
    socket.destroy();
    const { code = 'unreachable' } = error as NodeJS.ErrnoException;
    throw new ConnectionError('unreachable', `cannot connect to ${host}:${port} (${code})`, {
      cause: error,
    });
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

async function opened(socket: Socket, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort);
      socket.off('error', reject);
      resolve();
    });
  });
}
