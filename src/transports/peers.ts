import type { Socket } from 'node:net';

/** Who is at the other end of a connection. */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

const announced = Symbol('announced peer');

interface AnnouncedSocket extends Socket {
  [announced]?: Peer;
}

/** A trusted proxy has said who is at the other end of this connection. */
export function announcePeer(socket: Socket, peer: Peer): void {
  (socket as AnnouncedSocket)[announced] = peer;
}

/** Who is at the other end: the client, also where there is a trusted proxy in between. */
export function peerOf(socket: Socket): Peer {
  // Both are missing when the peer is gone already.
  const { remoteAddress = 'unknown', remotePort = 0 } = socket;
  return (socket as AnnouncedSocket)[announced] ?? { address: remoteAddress, port: remotePort };
}
