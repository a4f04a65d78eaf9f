import type { Socket } from 'node:net';
import type { Node } from '../core/node.js';
import { ErrorCode } from '../protocol/messages.js';
import type { Access } from './access.js';
import {
  explanationFor,
  onlyTls,
  plaintextRefusal,
  reasonAgainst,
  refusalFor,
} from './explanations.js';
import { openingBytesMax, openingOf, type Opening } from './openings.js';
import { announcePeer, peerOf } from './peers.js';
import { readProxy1, readProxy2, type ProxyHeader } from './proxy-header.js';
import type { SharedParts } from './shared-parts.js';
import { TcpConnection, type OnOther } from './tcp-connection.js';

/**
 * Whoever says nothing for so long is a client of frames that listens. All others begin as
 * soon as they are connected, which is seen within a round trip.
 */
const silenceMs = 100;

/** How long a connection that was refused may take to read why. */
const lingerMs = 2000;

/** Takes connections of one protocol. */
export interface Taker {
  /** A connection, its first bytes in front of what follows. */
  take(socket: Socket): void;
}

/** Takes connections that go on within TLS. */
export interface TlsTaker extends Taker {
  /** Takes none any more, and ends those whose handshake is not done. */
  close(): void;
}

/** What a door needs. */
export interface DoorParts {
  readonly node: Node;
  readonly shared: SharedParts;
  readonly http: Taker | undefined;
  readonly tls: TlsTaker | undefined;
  readonly access: Access;
  /** For the beginning of a connection to arrive, from its first byte on. */
  readonly openingTimeoutMs: number;
}

/** What arrivals need of their door. */
export interface Doorway {
  readonly parts: DoorParts;
  readonly takeOther: OnOther;
  readonly takeOtherSecure: OnOther;
  /** Somebody is waited for; returns whether that is of any use. */
  begins(arrival: Arrival): boolean;
  ends(arrival: Arrival): void;
  /** Whether this connection may go on as it is. */
  mayEnter(socket: Pick<Socket, 'remoteAddress'>, isSecure: boolean): boolean;
}

/** What is known of an arrival. */
export interface ArrivalFacts {
  readonly isSecure: boolean;
  readonly isPastHeader?: boolean;
  readonly isForBrowsers?: boolean;
  readonly refusal?: string;
}

/** A connection of which nobody knows yet what it is. */
export class Arrival {
  readonly #door: Doorway;
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
  /** Whether a PROXY header has begun that is not there yet. */
  #isInHeader = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(door: Doorway, socket: Socket, facts: ArrivalFacts) {
    this.#door = door;
    this.#socket = socket;
    this.#isSecure = facts.isSecure;
    this.#isPastHeader = facts.isPastHeader ?? facts.isSecure;
    this.#refusal = facts.refusal;
    this.#isForBrowsers = facts.isForBrowsers === true;
    this.#lobbySeq = door.parts.node.rooms.lobby.headSeq;
  }

  wait(): void {
    if (!this.#door.begins(this)) {
      this.#socket.destroy();
      return;
    }
    this.#socket.on('data', this.#onData).on('end', this.#onEnd);
    this.#socket.on('error', this.#onError).on('close', this.#onClose);
    this.#timer = setTimeout(this.#onSilence, silenceMs);
  }

  /** Goes on with what has come. */
  take(bytes: Buffer): void {
    const wasSilent = this.#bytes.length === 0 && !this.#isInHeader;
    // What has begun has to go on.
    if (wasSilent && this.#timer !== undefined) {
      this.#restart(this.#onTimeout, this.#door.parts.openingTimeoutMs);
    }
    this.#bytes = wasSilent ? bytes : Buffer.concat([this.#bytes, bytes]);
    const opening = openingOf(this.#bytes.subarray(0, openingBytesMax));
    if (opening === 'PROXY 1' || opening === 'PROXY 2') this.#readProxyHeader(opening);
    else if (opening !== undefined) this.become(opening);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => this.take(bytes);

  readonly #onSilence = (): void => {
    const mayListen = !this.#isForBrowsers && this.#door.mayEnter(this.#socket, this.#isSecure);
    // Who must not listen is slow, and may still begin as it has to, with TLS for instance.
    if (mayListen || this.#refusal !== undefined) this.become('frames');
    else this.#restart(() => this.#socket.destroy(), this.#door.parts.openingTimeoutMs);
  };

  readonly #onTimeout = (): void => this.#giveUp((session) => session.tookTooLong());

  readonly #onEnd = (): void => {
    if (this.#bytes.length === 0) this.#socket.end();
    else this.#giveUp((session) => session.ended());
  };

  /** What has begun does not go on: it counts as frames, if frames may come. */
  #giveUp(end: (session: TcpConnection) => void): void {
    const mayEnter = this.#door.mayEnter(this.#socket, this.#isSecure);
    if (this.#isInHeader) this.#refuse('the PROXY header has no end');
    else if (this.#refusal !== undefined || !mayEnter) this.become('frames');
    else end(this.#beSession());
  }

  readonly #onError = (): void => void this.#socket.destroy();

  readonly #onClose = (): void => this.#leave();

  #readProxyHeader(opening: 'PROXY 1' | 'PROXY 2'): void {
    const { proxies } = this.#door.parts.access;
    const isTrusted = proxies.has(this.#socket.remoteAddress ?? '');
    if (!isTrusted || this.#isPastHeader) {
      this.#refuse(isTrusted ? 'a PROXY header comes first, and once' : reasonAgainst(opening));
      return;
    }
    let header: ProxyHeader | undefined;
    try {
      header = opening === 'PROXY 1' ? readProxy1(this.#bytes) : readProxy2(this.#bytes);
    } catch (error) {
      this.#refuse((error as Error).message);
      return;
    }
    this.#isInHeader = header === undefined;
    if (header === undefined) return;
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
    if (this.#refusal !== undefined) this.#turnAway(refusalFor(opening, this.#refusal));
    else if (opening !== 'TLS' && !this.#door.mayEnter(this.#socket, this.#isSecure)) {
      this.#refuse(onlyTls, plaintextRefusal(opening));
    } else if (opening === 'frames') this.#beSession();
    else if (taker === undefined) this.#refuse(reasonAgainst(opening), explanationFor(opening));
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

  /** Turns somebody away who has come in a way in which nobody can, and lets the operator know. */
  #refuse(reason: string, line: string | Uint8Array = `${reason}\n`): void {
    const { observer } = this.#door.parts.node;
    observer.connectionRefused?.({ transport: 'tcp', ...peerOf(this.#socket) }, reason);
    observer.refused?.(ErrorCode.ERROR_CODE_FOREIGN_PROTOCOL);
    this.#turnAway(line);
  }

  /** Says why in a line that programs of most protocols show, and closes. */
  #turnAway(line: string | Uint8Array): void {
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
    this.#door.ends(this);
  }
}
