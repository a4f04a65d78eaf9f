import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { isLoopback } from '../core/addresses.js';
import { Admission } from '../core/admission.js';
import type { Node } from '../core/node.js';
import { factsOf } from '../protocol/errors.js';
import type { ErrorCode } from '../protocol/messages.js';
import type { Access } from './access.js';
import { explanationFor, plaintextRefusal, refusalFor } from './explanations.js';
import { openingBytesMax, openingOf, type Opening } from './openings.js';
import { announcePeer, peerOf } from './peers.js';
import { readProxy1, readProxy2, type ProxyHeader } from './proxy-header.js';
import type { SharedParts } from './shared-parts.js';
import { TcpConnection, type OnOther } from './tcp-connection.js';
import { alpnProtocols } from './tls.js';

/**
 * Whoever says nothing for so long is a client of frames that listens. All others begin as
 * soon as they are connected, which is seen within a round trip.
 */
const silenceMs = 100;

/** Connections that are no sessions: so many more there may be, in all and of an address. */
const moreConnectionsMax = 1000;
const morePerAddressMax = 100;

/** How long a connection that was refused may take to read why. */
const lingerMs = 2000;

/** Takes connections of one protocol. */
export interface Taker {
  /** A connection, its first bytes in front of what follows. */
  take(socket: Socket): void;
}

/** What a door needs. */
export interface DoorParts {
  readonly node: Node;
  readonly shared: SharedParts;
  readonly http: Taker | undefined;
  readonly tls: Taker | undefined;
  readonly access: Access;
  /** For the beginning of a connection to arrive, from its first byte on. */
  readonly openingTimeoutMs: number;
}

/**
 * Lets in connections of all kinds, and tells them apart by their first bytes (chat.proto,
 * Ports and URLs).
 *
 * Until one has said something it is none of them. After a moment of silence it is a session,
 * as clients of frames may only listen: such a session has everything that was said since it
 * connected. As long as nothing was written to it, it may still turn out to be something else,
 * a browser's connection in reserve for instance.
 */
export class Door {
  readonly parts: DoorParts;
  /** Of those that are no sessions of frames, or not yet. */
  readonly #admission: Admission;

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

  /** One whose handshake of TLS is done. */
  takeSecure(socket: TLSSocket): void {
    const arrival = new Arrival(this, socket, { isSecure: true });
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
    // A proxy's header comes at once, or never.
    new Arrival(this, socket, { isSecure, isPastHeader: true }).take(Buffer.from(bytes));
  }

  /** Whether this connection may go on as it is. */
  mayEnter(
    { remoteAddress = '' }: { remoteAddress?: string | undefined },
    isSecure: boolean,
  ): boolean {
    const { mayBePlain, proxies } = this.parts.access;
    return isSecure || mayBePlain || isLoopback(remoteAddress) || proxies.has(remoteAddress);
  }
}

/** What is known of an arrival. */
interface ArrivalFacts {
  readonly isSecure: boolean;
  readonly isPastHeader?: boolean;
  readonly isForBrowsers?: boolean;
  readonly refusal?: string;
}

/** A connection of which nobody knows yet what it is. */
class Arrival {
  readonly #door: Door;
  readonly #socket: Socket;
  /** Whether it is inside of TLS. */
  readonly #isSecure: boolean;
  /** Where the lobby stood when it came. */
  readonly #lobbySeq: number;
  readonly #isForBrowsers: boolean;
  /** Why it may not stay, whatever it is. */
  readonly #refusal: string | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  /** Whether no PROXY header may come: there was one, or there was something else. */
  #isPastHeader: boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(door: Door, socket: Socket, facts: ArrivalFacts) {
    this.#door = door;
    this.#socket = socket;
    this.#isSecure = facts.isSecure;
    this.#isPastHeader = facts.isPastHeader ?? facts.isSecure;
    this.#refusal = facts.refusal;
    this.#isForBrowsers = facts.isForBrowsers === true;
    this.#lobbySeq = door.parts.node.rooms.lobby.headSeq;
  }

  wait(): void {
    this.#socket.on('data', this.#onData).on('end', this.#onEnd);
    this.#socket.on('error', this.#onError).on('close', this.#onClose);
    this.#timer = setTimeout(this.#onSilence, silenceMs);
  }

  /** Goes on with what has come. */
  take(bytes: Buffer): void {
    const wasSilent = this.#bytes.length === 0;
    this.#bytes = wasSilent ? bytes : Buffer.concat([this.#bytes, bytes]);
    const opening = openingOf(this.#bytes.subarray(0, openingBytesMax));
    if (opening === 'PROXY 1' || opening === 'PROXY 2') this.#readProxyHeader(opening);
    else if (opening !== undefined) this.become(opening);
    // What has begun has to go on.
    else if (wasSilent) this.#restart(this.#onTimeout, this.#door.parts.openingTimeoutMs);
  }

  readonly #onData = (bytes: Buffer): void => this.take(bytes);

  readonly #onSilence = (): void => {
    const mayListen = !this.#isForBrowsers && this.#door.mayEnter(this.#socket, this.#isSecure);
    // Who must not listen is slow, and may still begin as it has to, with TLS for instance.
    if (mayListen || this.#refusal !== undefined) this.become('frames');
    else this.#restart(() => this.#socket.destroy(), this.#door.parts.openingTimeoutMs);
  };

  readonly #onTimeout = (): void => {
    if (this.#refusal === undefined) this.#beSession().tookTooLong();
    else this.become('frames');
  };

  readonly #onEnd = (): void => {
    if (this.#bytes.length === 0) this.#socket.end();
    else if (this.#refusal === undefined) this.#beSession().ended();
    else this.become('frames');
  };

  readonly #onError = (): void => void this.#socket.destroy();

  readonly #onClose = (): void => this.#leave();

  #readProxyHeader(opening: 'PROXY 1' | 'PROXY 2'): void {
    const { proxies } = this.#door.parts.access;
    const isTrusted = proxies.has(peerOf(this.#socket).address);
    if (!isTrusted || this.#isPastHeader) {
      this.#refuse(explanationFor(opening));
      return;
    }
    let header: ProxyHeader | undefined;
    try {
      header = opening === 'PROXY 1' ? readProxy1(this.#bytes) : readProxy2(this.#bytes);
    } catch (error) {
      this.#refuse(`${(error as Error).message}\n`);
      return;
    }
    if (header === undefined) {
      this.#restart(this.#onTimeout, this.#door.parts.openingTimeoutMs);
      return;
    }
    this.#isPastHeader = true;
    if (header.peer !== undefined) announcePeer(this.#socket, header.peer);
    const rest = this.#bytes.subarray(header.bytes);
    this.#bytes = Buffer.alloc(0);
    if (rest.length > 0) this.take(rest);
    else this.#restart(this.#onSilence, silenceMs);
  }

  become(opening: Exclude<Opening, 'PROXY 1' | 'PROXY 2'>): void {
    const { http, tls } = this.#door.parts;
    const taker =
      opening === 'HTTP' ? http : opening === 'TLS' && !this.#isSecure ? tls : undefined;
    if (this.#refusal !== undefined) this.#refuse(refusalFor(opening, this.#refusal));
    else if (opening !== 'TLS' && !this.#door.mayEnter(this.#socket, this.#isSecure)) {
      this.#refuse(plaintextRefusal(opening));
    } else if (opening === 'frames') this.#beSession();
    else if (taker === undefined) this.#refuse(explanationFor(opening));
    else {
      this.#leave();
      // A socket of TLS takes what is there a little later.
      if (opening === 'TLS') this.#socket.pause();
      if (this.#bytes.length > 0) this.#socket.unshift(this.#bytes);
      taker.take(this.#socket);
    }
  }

  #beSession(): TcpConnection {
    this.#leave();
    const { node, shared } = this.#door.parts;
    const connection = new TcpConnection(
      node,
      this.#socket,
      shared,
      this.#isSecure ? this.#door.takeOtherSecure : this.#door.takeOther,
    );
    if (connection.isEnding) shared.openSockets.turnedAway(connection.socket);
    else if (this.#bytes.length > 0) connection.take(this.#bytes);
    connection.hasBeenSince(this.#lobbySeq);
    return connection;
  }

  /** Says why in a line that programs of most protocols show, and closes. */
  #refuse(line: string | Uint8Array): void {
    this.#leave();
    const socket = this.#socket;
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer)).once('error', () => socket.destroy());
    socket.end(line);
    // Closing with unread input would reset the connection, and the line might be lost.
    socket.resume();
  }

  #restart(onTime: () => void, delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(onTime, delayMs);
  }

  #leave(): void {
    this.#socket.off('data', this.#onData).off('end', this.#onEnd);
    this.#socket.off('error', this.#onError).off('close', this.#onClose);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
