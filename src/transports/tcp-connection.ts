import type { Socket } from 'node:net';
import type { Node } from '../core/node.js';
import type { Session } from '../core/session.js';
import { explanationFor } from './explanations.js';
import { openingOf } from './openings.js';
import type { SharedParts } from './shared-parts.js';
import { SocketConnection } from './socket-connection.js';

/** Takes a connection whose first bytes turn out to be those of another protocol. */
export type OnOther = (socket: Socket, bytes: Uint8Array) => void;

/** A stream of frames over TCP. */
export class TcpConnection extends SocketConnection {
  readonly transport = 'tcp';
  readonly encoding = 'stream';
  readonly mustSpeak = false;
  protected readonly session: Session | undefined;
  readonly #onOther: OnOther | undefined;
  /** The first bytes, until there are enough to tell whether they are ours. */
  #first: Uint8Array = new Uint8Array(0);
  #isOurs = false;

  constructor(node: Node, socket: Socket, shared: SharedParts, onOther?: OnOther) {
    super(socket, shared);
    this.#onOther = onOther;
    this.session = node.accept(this);
  }

  /** It came when the lobby stood at this seq, and has what follows. */
  hasBeenSince(lobbySeq: number): void {
    this.session?.hasBeenSince(lobbySeq);
  }

  /** What has begun to arrive does not go on. */
  tookTooLong(): void {
    this.session?.intake.frameTookTooLong();
  }

  protected received(bytes: Uint8Array): number {
    if (this.session === undefined) return bytes.length;
    if (this.#isOurs) return this.session.intake.push(bytes);
    const first = Buffer.concat([this.#first, bytes]);
    const opening = openingOf(first);
    if (opening !== undefined && opening !== 'frames') {
      this.#isNotOurs(opening, first);
      return bytes.length;
    }
    this.#isOurs = opening === 'frames';
    // They are a part of a frame as well, which has its time to arrive.
    const taken = this.session.intake.push(bytes);
    this.#first = this.#isOurs ? nothing : first.subarray(0, this.#first.length + taken);
    return taken;
  }

  protected sayLast(): void {}

  #isNotOurs(opening: Parameters<typeof explanationFor>[0], first: Uint8Array): void {
    this.problem = `the peer speaks ${opening}`;
    if (this.#onOther !== undefined && this.isUntouched) {
      this.#onOther(this.release(), first);
    } else {
      this.write(Buffer.from(explanationFor(opening)));
      this.end();
    }
  }
}

const nothing = new Uint8Array(0);
