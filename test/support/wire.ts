import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A piece of network in front of a port of this machine, for what happens to networks. */
export class Wire implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Those of them to the server. */
  readonly #far = new Set<Socket>();
  #targetPort: number;
  #isCut = false;
  #isFrozen = false;
  #holdsAnswers = false;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((near) => this.#join(near));
  }

  static async to(targetPort: number): Promise<Wire> {
    const wire = new Wire(targetPort);
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  /** Where it begins. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections, and takes no others. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Takes connections again, to another port perhaps. */
  mend(targetPort = this.#targetPort): void {
    this.#targetPort = targetPort;
    this.#isCut = false;
  }

  /** Carries nothing any more, in either direction, without anybody being told. */
  freeze(): void {
    this.#isFrozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Carries nothing any more from the server; what is sent to it arrives. */
  holdAnswers(): void {
    this.#holdsAnswers = true;
    for (const socket of this.#far) socket.pause();
  }

  /** Carries everything, also what was held up. */
  thaw(): void {
    this.#isFrozen = false;
    this.#holdsAnswers = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(near: Socket): void {
    if (this.#isCut) {
      near.destroy();
      return;
    }
    const far = connect(this.#targetPort, '127.0.0.1');
    this.#far.add(far);
    this.#carry(near, far);
    this.#carry(far, near);
  }

  #carry(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (chunk) => to.write(chunk));
    from.on('end', () => to.end());
    // Either end of a connection that breaks takes the other one with it.
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      this.#far.delete(from);
      to.destroy();
    });
    if (this.#isFrozen || (this.#holdsAnswers && this.#far.has(from))) from.pause();
  }
}
