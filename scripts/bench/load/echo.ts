// The role `echo`: connections that keep a number of echoes on their way. The first
// one numbers its messages and checks what comes back. The others send prepared
// bytes and count, so that the load costs less than the server does.
import { countFrames, expectAll } from './byte-counter.js';
import { type Connection, type Endpoint, openConnections } from './connection.js';
import { firstContent } from './content.js';
import { FrameReader } from './frame-reader.js';
import { Outgoing } from './outgoing.js';
import type { Player, Role } from './roles.js';
import { Verifier } from './verifier.js';
import { waitFor } from './wait.js';

const drainMs = 15_000;

/** What all kinds of connections here have: a count of what came, and a way to send. */
interface Echoing {
  readonly frames: number;
  sent: number;
  send(messages: number): void;
}

function channelOf(index: number): string {
  return `e${String(index).padStart(5, '0')}`;
}

/** Sends numbered messages and checks each reply. */
class CheckedEcho implements Echoing {
  frames = 0;
  sent = 0;
  readonly #connection: Connection;
  readonly #outgoing: Outgoing;

  constructor({ dialect }: Endpoint, connection: Connection, channel: string, more: More) {
    const content = firstContent(0);
    const reply = dialect.reply('echo', channel, content);
    const verifier = new Verifier(reply, 1);
    this.#connection = connection;
    this.#outgoing = new Outgoing(dialect.request('echo', channel, content), dialect.mask, false);
    const reader = new FrameReader(reply.bytes.length, (bytes, at) => {
      verifier.verify(bytes, at);
      this.frames += 1;
    });
    connection.receive = (bytes, length) => {
      const before = this.frames;
      reader.receive(bytes, length);
      if (this.frames > before) more(this, this.frames - before);
    };
  }

  send(messages: number): void {
    this.sent += messages;
    this.#connection.socket.write(this.#outgoing.next(messages));
  }
}

/** Sends the same bytes again and again, as many as came back. */
class CountedEcho implements Echoing {
  sent = 0;
  #bytes = 0;
  readonly #connection: Connection;
  readonly #frameBytes: number;
  /** At index n, n messages. */
  readonly #prepared: readonly Buffer[];

  constructor(
    { dialect }: Endpoint,
    connection: Connection,
    channel: string,
    depth: number,
    more: More,
  ) {
    const content = firstContent(0);
    const request = dialect.request('echo', channel, content).bytes;
    this.#prepared = Array.from({ length: depth + 1 }, (_, count) =>
      Buffer.concat(Array.from({ length: count }, () => request)),
    );
    this.#frameBytes = dialect.reply('echo', channel, content).bytes.length;
    this.#connection = connection;
    let answered = 0;
    connection.receive = (_bytes, length) => {
      this.#bytes += length;
      const whole = Math.floor(this.frames);
      if (whole > answered) more(this, whole - answered);
      answered = whole;
    };
  }

  get frames(): number {
    return this.#bytes / this.#frameBytes;
  }

  send(messages: number): void {
    const bytes = this.#prepared[messages];
    if (!bytes) throw new Error(`${messages} echoes came back at once`);
    this.sent += messages;
    this.#connection.socket.write(bytes);
  }
}

/** Called when that many echoes came back. */
type More = (echoing: Echoing, messages: number) => void;

export function echo(endpoint: Endpoint, role: Extract<Role, { kind: 'echo' }>): Player {
  const channels = Array.from({ length: role.connections }, (_, index) => channelOf(index));
  const connections = openConnections(endpoint, 'echo', channels);
  const echoing: Echoing[] = [];
  let stopped = false;
  const more: More = (one, messages) => {
    if (!stopped) one.send(messages);
  };

  const ready = connections.ready.then(() => {
    for (const [index, connection] of connections.all.entries()) {
      const channel = channelOf(index);
      echoing.push(
        index === 0
          ? new CheckedEcho(endpoint, connection, channel, more)
          : new CountedEcho(endpoint, connection, channel, role.depth, more),
      );
    }
  });
  const sent = (): number => echoing.reduce((sum, one) => sum + one.sent, 0);

  return {
    connected: connections.connected,
    ready,
    go: () => {
      for (const one of echoing) one.send(role.depth);
    },
    frames: () => countFrames(echoing),
    async stop() {
      stopped = true;
      const complaint = (): string => `${sent() - countFrames(echoing)} echoes did not come back`;
      await waitFor(() => echoing.every((one) => one.frames === one.sent), drainMs, complaint);
      return sent();
    },
    check: async () => {
      await Promise.all(echoing.map(async (one) => expectAll([one], one.sent)));
    },
  };
}
