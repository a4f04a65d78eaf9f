import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Node } from '../core/node.js';
import { checkSocketPath } from '../protocol/socket-path.js';
import { announcePeer } from './peers.js';
import type { SharedParts } from './shared-parts.js';
import { TcpConnection } from './tcp-connection.js';

/** Its name in the data folder. */
export const operatorSocketName = 'operator.sock';

/** Its owner may read and write it, and nobody else. */
const mode = 0o600;

/** A session of somebody who may open the socket of this server: its operator. */
class OperatorConnection extends TcpConnection {
  override get isConfidential(): boolean {
    return true;
  }

  override get isOperator(): boolean {
    return true;
  }
}

/** Where those are listened to who run the server. */
export interface OperatorSocket {
  close(): void;
}

/**
 * Listens on a socket of the file system. What lies there of an earlier server is replaced: whoever
 * calls this is the only server of the folder. Rejects with the system's error.
 */
export async function listenForOperators(
  node: Node,
  shared: SharedParts,
  path: string,
): Promise<OperatorSocket> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    announcePeer(socket, { address: operatorSocketName, port: 0 });
    shared.openSockets.add(socket);
    new OperatorConnection(node, socket, shared);
  });
  checkSocketPath(path);
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // Nobody else can open it, not even in the moment before its rights are set.
    const before = process.umask(0o777 & ~mode);
    try {
      server.listen(path, resolve);
    } finally {
      process.umask(before);
    }
  });
  chmodSync(path, mode);
  server.on('error', (error) => node.observer.acceptFailed?.('operator', error.message));
  return {
    // Node removes the file.
    close: () => void server.close(),
  };
}
