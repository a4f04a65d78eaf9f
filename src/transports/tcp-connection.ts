import type { Socket } from 'node:net';
import type { Node } from '../core/node.js';
import type { Session } from '../core/session.js';
import { answerTo, foreignProtocol, tellingBytes } from './foreign-protocol.js';
import type { SharedParts } from './shared-parts.js';
import { SocketConnection } from './socket-connection.js';

/** A stream of frames over TCP. */
export class TcpConnection extends SocketConnection {
  readonly transport = 'tcp';
  readonly encoding = 'stream';
  readonly mustSpeak = false;
  protected readonly session: Session | undefined;
  /** The first bytes, until there are enough to tell whether they are ours. */
  #beginning: Uint8Array | undefined;
  #isOurs = false;

  constructor(node: Node, socket: Socket, shared: SharedParts) {
    super(socket, shared);
    this.session = node.accept(this);
  }

  protected received(bytes: Uint8Array): number {
    const isTaken = this.session === undefined || !(this.#isOurs || this.#mayBeOurs(bytes));
    return isTaken ? bytes.length : this.session.intake.push(bytes);
  }

  protected sayLast(): void {}

  /** Looks at the first bytes; a peer that speaks another protocol is told so and sent away. */
  #mayBeOurs(chunk: Uint8Array): boolean {
    const beginning = Buffer.concat([this.#beginning ?? new Uint8Array(0), chunk]);
    if (beginning.length < tellingBytes) {
      this.#beginning = beginning;
      return true;
    }
    const protocol = foreignProtocol(beginning);
    this.#isOurs = protocol === undefined;
    this.#beginning = undefined;
    if (protocol === undefined) return true;

    this.problem = `the peer speaks ${protocol}`;
    this.write(answerTo(protocol));
    this.end();
    return false;
  }
}
