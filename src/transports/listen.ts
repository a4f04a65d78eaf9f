import type { AddressInfo, Server } from 'node:net';

/** Connections that the system completes before they are accepted, for thousands that come at once. */
const backlogConnections = 4096;

/**
 * With less than this waiting, a connection's `write` says that all is well: looking closer
 * at every write of a busy session would cost more than the memory is worth. A turn's
 * batch is smaller. It is the high watermark of the sockets.
 */
export const unremarkableBytes = 64 * 1024;

/** What all listeners set on their sockets. */
export const socketOptions = {
  noDelay: true,
  // A peer that is gone without a word would otherwise stay in the pool for ever.
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
} as const;

/** Listens; settles with the real address. Rejects when that is not possible. */
export async function listening(server: Server, host: string, port: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: backlogConnections }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server.address() as AddressInfo;
}
