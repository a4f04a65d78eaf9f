import { createServer, type AddressInfo } from 'node:net';
import type { Door } from './door.js';
import { socketOptions } from './socket-options.js';

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** See `Door.take`. */
  readonly isForBrowsers?: boolean;
}

/** A port that leads to a door. */
export interface Listener {
  readonly host: string;
  /** The real port, also when a free one was asked for. */
  readonly port: number;
  /** Accepts no connection any more; those that stand stay. */
  close(): void;
}

/** Connections that the system completes before they are accepted, for thousands that come at once. */
const backlogConnections = 4096;

/** Listens for connections of all kinds. Rejects when that is not possible. */
export async function listen(door: Door, options: ListenOptions): Promise<Listener> {
  const { host, port, isForBrowsers } = options;
  const { node, shared } = door.parts;
  const server = createServer(socketOptions, (socket) => {
    shared.openSockets.add(socket);
    door.take(socket, isForBrowsers);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: backlogConnections }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // Later errors concern single connections that could not be accepted, for want of
  // files for instance; those who are connected go on.
  server.on('error', (error) => node.observer.acceptFailed?.('tcp', error.message));
  const { address, port: realPort } = server.address() as AddressInfo;
  return { host: address, port: realPort, close: () => void server.close() };
}
