import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import type { OpenSockets } from './open-sockets.js';
import { announcePeer, peerOf } from './peers.js';

/** What is spoken inside, as clients and servers agree on it (RFC 7301). */
export const alpnProtocols = { http: 'http/1.1', frames: 'tcpchat' } as const;

/**
 * So many handshakes may be under way. When there is one more, the oldest is given up: each takes
 * some 50 KB, and somebody who never finishes must not keep others from beginning.
 */
const handshakesMax = 1024;

/** What TLS needs. */
export interface TlsOptions {
  readonly openSockets: OpenSockets;
  /** For a handshake, from its first byte on. */
  readonly handshakeTimeoutMs: number;
  /** A handshake is done; the socket is counted as an open one. */
  readonly onSecure: (socket: TLSSocket) => void;
}

/** Does the handshakes of TLS, 1.2 and up. */
export class Tls {
  readonly #options: TlsOptions;
  /** For all who come from now on. */
  context: SecureContext;
  /** Handshakes that are under way, the oldest first. */
  readonly #handshakes = new Set<TLSSocket>();

  constructor(context: SecureContext, options: TlsOptions) {
    this.context = context;
    this.#options = options;
  }

  /** A connection, its first bytes in front of what follows. */
  take(socket: Socket): void {
    const { openSockets, handshakeTimeoutMs, onSecure } = this.#options;
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext: this.context,
      ALPNProtocols: Object.values(alpnProtocols),
    });
    announcePeer(secure, peerOf(socket));
    openSockets.handOver(socket, secure);
    const timer = setTimeout(() => secure.destroy(), handshakeTimeoutMs);
    // One that fails is closed: its peer has been told why in an alert.
    const onError = (): void => void secure.destroy();
    const over = (): void => {
      clearTimeout(timer);
      this.#handshakes.delete(secure);
    };
    secure.on('error', onError).once('close', over);
    secure.once('secure', () => {
      over();
      secure.off('error', onError).off('close', over);
      onSecure(secure);
    });
    this.#handshakes.add(secure);
    if (this.#handshakes.size <= handshakesMax) return;
    const [oldest] = this.#handshakes;
    oldest!.destroy();
  }
}

/** Of PEM: a certificate with those that lead to its authority, and its key. Throws what is wrong. */
export function secureContextOf(cert: string, key: string): SecureContext {
  return createSecureContext({
    cert,
    key,
    minVersion: 'TLSv1.2',
    // A client could ask for one handshake after another.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  });
}
