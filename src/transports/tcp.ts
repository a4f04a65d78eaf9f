import { createServer } from 'node:net';
import type { Node } from '../core/node.js';
import { listening, socketOptions, unremarkableBytes } from './listen.js';
import type { OpenSockets } from './open-sockets.js';
import { SharedParts } from './shared-parts.js';
import { TcpConnection } from './tcp-connection.js';

/** How a TCP listener is set up. */
export interface TcpOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** A connection with bytes waiting that takes none for so long is given up. */
  readonly stallTimeoutMs: number;
  /** Where its connections are counted. */
  readonly openSockets: OpenSockets;
}

/** A listener that feeds a node. */
export interface TcpListener {
  readonly host: string;
  /** The real port, also when a free one was asked for. */
  readonly port: number;
  /** Accepts no connection any more; those that stand are the node's to close. */
  close(): void;
}

/** Listens for plain TCP connections: a stream of frames each. Rejects when it cannot listen. */
export async function listenTcp(node: Node, options: TcpOptions): Promise<TcpListener> {
  const shared = new SharedParts(options.stallTimeoutMs, node.memory, options.openSockets);
  const server = createServer(
    // Half-open: what a peer is owed is still delivered after it has ended its side.
    { ...socketOptions, allowHalfOpen: true, highWaterMark: unremarkableBytes },
    (socket) => {
      options.openSockets.add(socket);
      const connection = new TcpConnection(node, socket, shared);
      if (connection.isEnding) options.openSockets.turnedAway(connection.socket);
    },
  );
  const { address, port } = await listening(server, options.host, options.port);
  // Later errors concern single connections that could not be accepted, for want of
  // files for instance; those who are connected go on.
  server.on('error', (error) => node.observer.acceptFailed?.('tcp', error.message));
  return { host: address, port, close: () => void server.close() };
}
