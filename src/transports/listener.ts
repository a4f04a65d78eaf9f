import { createServer, type AddressInfo, type ListenOptions, type Server } from 'node:net';
import type { Door } from './door.js';
import { socketOptions } from './socket-options.js';

/** Where to listen: on a port, 0 for a free one, or on a socket that listens already. */
export type Place =
  | { readonly host: string; readonly port: number }
  | { /** Its file descriptor. */ readonly fd: number };

/** A port that leads to a door. */
export interface Listener {
  readonly host: string;
  /** The real port, also when a free one was asked for. */
  readonly port: number;
  /** Accepts no connection any more; those that stand stay. Others may have the socket, too. */
  close(): void;
}

/** A socket that was handed over is none on which connections of TCP can be accepted. */
export class InheritedSocketError extends Error {
  override readonly name = 'InheritedSocketError';

  constructor(fd: number, problem: string) {
    super(`the socket that was handed over as file descriptor ${fd} cannot be used: ${problem}`);
  }
}

/** Connections that the system completes before they are accepted, for thousands that come at once. */
const backlogConnections = 4096;

/** Listens for connections of all kinds. Rejects when that is not possible. */
export async function listen(door: Door, place: Place, isForBrowsers = false): Promise<Listener> {
  const { node, shared } = door.parts;
  const server = createServer(socketOptions, (socket) => {
    shared.openSockets.add(socket);
    door.take(socket, isForBrowsers);
  });
  try {
    await listening(server, place);
  } catch (error) {
    if (!('fd' in place)) throw error;
    throw new InheritedSocketError(place.fd, (error as NodeJS.ErrnoException).code ?? '');
  }
  const address = server.address() as AddressInfo | string | null;
  if (address === null || typeof address === 'string') {
    server.close();
    throw new InheritedSocketError('fd' in place ? place.fd : -1, 'it is none of TCP');
  }
  // Later errors concern single connections that could not be accepted, for want of
  // files for instance; those who are connected go on.
  const transport = isForBrowsers ? 'http' : 'tcp';
  server.on('error', (error) => node.observer.acceptFailed?.(transport, error.message));
  return { host: address.address, port: address.port, close: () => void server.close() };
}

async function listening(server: Server, place: Place): Promise<void> {
  const options: ListenOptions & { fd?: number } = { ...place, backlog: backlogConnections };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
