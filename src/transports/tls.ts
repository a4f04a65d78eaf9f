import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import type { OpenSockets } from './open-sockets.js';
import { announcePeer, peerOf } from './peers.js';

/** What is spoken inside, as clients and servers agree on it (RFC 7301). */
export const alpnProtocols = { http: 'http/1.1', frames: 'tcpchat' } as const;

/** So many handshakes may be under way; each takes some 50 KB. Those who come then wait. */
const handshakesMax = 1024;

/**
 * After so long a handshake gives way to one that waits: those of honest clients are over by then,
 * and somebody who never finishes must not keep others from beginning.
 */
const patienceMs = 2000;

/** What TLS needs. */
export interface TlsOptions {
  readonly openSockets: OpenSockets;
  /** For a handshake, from its first byte on. */
  readonly handshakeTimeoutMs: number;
  /** A handshake is done, on a connection; the socket is counted in its place. */
  readonly onSecure: (socket: TLSSocket, before: Socket) => void;
  /** One has failed, for a reason that is a word. */
  readonly onFailed: (socket: Socket, reason: string) => void;
}

/** Does the handshakes of TLS, 1.2 and up. */
export class Tls {
  readonly #options: TlsOptions;
  /** For all who come from now on. */
  context: SecureContext;
  /** When those that are under way have begun, the oldest first. */
  readonly #handshakes = new Map<TLSSocket, number>();
  /** Connections that wait until there are fewer, those that came first in front. */
  readonly #waiting = new Set<Socket>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(context: SecureContext, options: TlsOptions) {
    this.context = context;
    this.#options = options;
  }

  /** A connection, its first bytes in front of what follows; it is not read yet. */
  take(socket: Socket): void {
    if (this.#isClosed) socket.destroy();
    else if (this.#handshakes.size < handshakesMax) this.#begin(socket);
    else {
      this.#waiting.add(socket);
      socket.on('error', destroy).on('close', this.#onWaitingClose);
      this.#makeRoom();
    }
  }

  /** Takes none any more, and ends those whose handshake is not done. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const socket of this.#waiting) socket.destroy();
    for (const secure of this.#handshakes.keys()) secure.destroy();
  }

  readonly #onWaitingClose = (): void => {
    for (const socket of this.#waiting) if (socket.destroyed) this.#waiting.delete(socket);
  };

  #begin(socket: Socket): void {
    const { openSockets, handshakeTimeoutMs, onSecure, onFailed } = this.#options;
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext: this.context,
      ALPNProtocols: Object.values(alpnProtocols),
    });
    announcePeer(secure, peerOf(socket));
    openSockets.handOver(socket, secure);
    const timer = setTimeout(() => secure.destroy(), handshakeTimeoutMs);
    // One that fails is closed: its peer has been told why in an alert.
    const onError = (error: NodeJS.ErrnoException): void => {
      onFailed(socket, error.code ?? error.message);
      secure.destroy();
    };
    const onReadable = (): void => {
      // Nothing can be read before the handshake is done, but for the end.
      if (secure.readableLength === 0) secure.destroy();
    };
    const over = (): void => {
      clearTimeout(timer);
      secure.off('readable', onReadable);
      this.#over(secure);
    };
    secure.on('error', onError).once('close', over).on('readable', onReadable);
    secure.once('secure', () => {
      over();
      secure.off('error', onError).off('close', over);
      onSecure(secure, socket);
    });
    this.#handshakes.set(secure, performance.now());
  }

  #over(secure: TLSSocket): void {
    if (this.#handshakes.delete(secure)) this.#makeRoom();
  }

  /** Begins with those that wait, in the place of those that have taken too long. */
  #makeRoom(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const socket of this.#waiting) {
      if (this.#handshakes.size >= handshakesMax && !this.#giveUpOldest()) return;
      this.#waiting.delete(socket);
      socket.off('error', destroy).off('close', this.#onWaitingClose);
      this.#begin(socket);
    }
  }

  /** Returns whether there is room now; otherwise it looks again when there may be. */
  #giveUpOldest(): boolean {
    const [[oldest, beganAtMs]] = this.#handshakes as unknown as [[TLSSocket, number]];
    const leftMs = beganAtMs + patienceMs - performance.now();
    if (leftMs > 0) {
      this.#timer = setTimeout(() => this.#makeRoom(), leftMs);
      return false;
    }
    // It counts no more from now on, and not when it is closed.
    this.#handshakes.delete(oldest);
    oldest.destroy();
    return true;
  }
}

function destroy(this: Socket): void {
  this.destroy();
}

/** Of PEM: a certificate with those that lead to its authority, and its key. Throws what is wrong. */
export function secureContextOf(cert: string, key: string): SecureContext {
  // What is empty, or of two kinds, would do for a context that no handshake succeeds with.
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error('the key is not that of the certificate');
  }
  return createSecureContext({
    cert,
    key,
    minVersion: 'TLSv1.2',
    // A client could ask for one handshake after another.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  });
}
