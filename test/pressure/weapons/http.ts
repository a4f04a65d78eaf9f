import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { many, type Target } from '../support/light-session.js';
import type { Weapon } from '../support/weapon.js';

/** Connections to the HTTP port that each send a few requests at once, and again when answered. */
export interface HttpSpec {
  readonly kind: 'http';
  readonly path: string;
  readonly connections: number;
  /** How many are on their way at once. */
  readonly perConnection: number;
}

const status = 'HTTP/1.1 200 ';

export async function armHttp(target: Target, spec: HttpSpec): Promise<Weapon> {
  const { path, connections, perConnection } = spec;
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(perConnection);
  const clients = await many(connections, async () => {
    const socket = connect({ port: target.httpPort, host: '127.0.0.1', noDelay: true });
    const client = new HttpClient(socket);
    await once(socket, 'connect');
    return client;
  });
  let isOver = false;
  const ask = async (client: HttpClient): Promise<void> => {
    for (let asked = perConnection; !isOver; asked += perConnection) {
      client.socket.write(request);
      await client.until(asked);
    }
  };
  let asking: Promise<unknown> = Promise.resolve();
  return {
    strike: () => {
      asking = Promise.all(clients.map(async (client) => ask(client)));
      // Whoever settles is told.
      asking.catch(() => {});
    },
    settle: async () => {
      isOver = true;
      await asking;
    },
    // HTTP connections may end whenever nothing is asked for.
    mayEnd: () => (isOver = true),
    leave: () => {
      isOver = true;
      clients.forEach(({ socket }) => socket.destroy());
    },
  };
}

/** Counts good answers. */
class HttpClient {
  readonly socket: Socket;
  #answers = 0;
  /** What may be the beginning of a status line. */
  #rest = '';
  #wake = (): void => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      const parts = (this.#rest + text).split(status);
      this.#answers += parts.length - 1;
      this.#rest = parts.at(-1)!.slice(1 - status.length);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => this.#wake());
  }

  async until(answers: number): Promise<void> {
    while (this.#answers < answers) {
      if (this.socket.destroyed) throw new Error(`${this.#answers} of ${answers} answers came`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
