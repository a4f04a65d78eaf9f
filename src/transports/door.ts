import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { isLoopback } from '../core/addresses.js';
import { Admission } from '../core/admission.js';
import { factsOf } from '../protocol/errors.js';
import type { ErrorCode } from '../protocol/messages.js';
import { Arrival, type DoorParts, type Doorway } from './arrival.js';
import { refusalFor } from './explanations.js';
import { peerOf } from './peers.js';
import type { OnOther } from './tcp-connection.js';
import { alpnProtocols } from './tls.js';

/** Connections that are no sessions: so many more there may be, in all and of an address. */
const moreConnectionsMax = 1000;
const morePerAddressMax = 100;

/**
 * Lets in connections of all kinds, and tells them apart by their first bytes (chat.proto,
 * Ports and URLs).
 *
 * Until one has said something it is none of them. After a moment of silence it is a session,
 * as clients of frames may only listen: such a session has everything that was said since it
 * connected. As long as nothing was written to it, it may still turn out to be something else,
 * a browser's connection in reserve for instance.
 */
export class Door implements Doorway {
  readonly parts: DoorParts;
  /** Of those that are no sessions of frames, or not yet. */
  readonly #admission: Admission;
  /** Those of which nobody knows yet what they are. */
  readonly #arrivals = new Set<Arrival>();
  /** Those that came to the port for browsers. */
  readonly #forBrowsers = new WeakSet<Socket>();
  #isClosed = false;

  constructor(parts: DoorParts) {
    this.parts = parts;
    const { shared, access } = parts;
    this.#admission = new Admission({
      get connectionsMax() {
        return access.connectionsMax + moreConnectionsMax;
      },
      get connectionsPerAddressMax() {
        return access.connectionsPerAddressMax + morePerAddressMax;
      },
      hasRoom: () => shared.openSockets.hasRoom,
      isExempt: (address) => access.proxies.has(address),
    });
  }

  /**
   * A connection, which is counted among the open sockets. With `isForBrowsers`, silence says
   * nothing: browsers keep connections in reserve, and they would be guests in the lobby.
   */
  take(socket: Socket, isForBrowsers = false): void {
    if (isForBrowsers) this.#forBrowsers.add(socket);
    const { address } = peerOf(socket);
    // Sessions and requests have limits of their own; this is for all that is not known yet.
    const refusal = this.#admission.enter(address);
    if (refusal === undefined) {
      socket.once('close', () => this.#admission.leave(address));
      new Arrival(this, socket, { isSecure: false, isForBrowsers }).wait();
    } else this.#turnAway(socket, refusal);
  }

  #turnAway(socket: Socket, refusal: ErrorCode): void {
    const { node, shared } = this.parts;
    const { sentence } = factsOf(refusal);
    node.observer.connectionRefused?.({ transport: 'tcp', ...peerOf(socket) }, sentence);
    node.observer.refused?.(refusal);
    if (shared.openSockets.mayLinger(socket)) {
      new Arrival(this, socket, { isSecure: false, refusal: sentence }).wait();
    } else {
      // What is written is in the system's hands; most clients are of frames.
      socket.on('error', () => socket.destroy());
      socket.write(refusalFor('frames', sentence));
      socket.destroySoon();
    }
  }

  /** Ends those of which nobody knows yet what they are, and takes no more of them. */
  close(): void {
    this.#isClosed = true;
    this.parts.tls?.close();
    for (const arrival of this.#arrivals) arrival.destroy();
  }

  begins(arrival: Arrival): boolean {
    if (!this.#isClosed) this.#arrivals.add(arrival);
    return !this.#isClosed;
  }

  ends(arrival: Arrival): void {
    this.#arrivals.delete(arrival);
  }

  /** One whose handshake of TLS is done, on the connection that it was on before. */
  takeSecure(socket: TLSSocket, before: Socket): void {
    const isForBrowsers = this.#forBrowsers.has(before);
    const arrival = new Arrival(this, socket, { isSecure: true, isForBrowsers });
    switch (socket.alpnProtocol) {
      case alpnProtocols.http:
        arrival.become('HTTP');
        break;
      case alpnProtocols.frames:
        arrival.become('frames');
        break;
      default:
        arrival.wait();
    }
  }

  /**
   * A session that has turned out to be none: its first bytes are those of something else. One
   * function for all, as each session keeps it.
   */
  readonly takeOther: OnOther = (socket, bytes) => this.#takeOther(socket, bytes, false);
  readonly takeOtherSecure: OnOther = (socket, bytes) => this.#takeOther(socket, bytes, true);

  #takeOther(socket: Socket, bytes: Uint8Array, isSecure: boolean): void {
    // A proxy has said already for whom it comes.
    const isAnnounced = peerOf(socket).address !== socket.remoteAddress;
    const isPastHeader = isSecure || isAnnounced;
    const arrival = new Arrival(this, socket, { isSecure, isPastHeader });
    arrival.wait();
    arrival.take(Buffer.from(bytes));
  }

  mayEnter({ remoteAddress = '' }: Pick<Socket, 'remoteAddress'>, isSecure: boolean): boolean {
    const { mayBePlain, proxies } = this.parts.access;
    return isSecure || mayBePlain || isLoopback(remoteAddress) || proxies.has(remoteAddress);
  }
}
