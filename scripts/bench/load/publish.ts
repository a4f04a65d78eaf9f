// The role `publish`: connections that broadcast, and the one that checks everything.
// All are sessions like any other, and get each broadcast themselves.
import { expectAll } from './byte-counter.js';
import { type Connection, type Endpoint, openConnections } from './connection.js';
import {
  broadcastChannel,
  firstContent,
  publisherField,
  readNumber,
  sequenceField,
} from './content.js';
import { FrameReader } from './frame-reader.js';
import { Outgoing } from './outgoing.js';
import type { Pace, Player, Role } from './roles.js';
import { Verifier } from './verifier.js';
import { waitFor } from './wait.js';

/** Well above the time in which the slowest server delivers what is on its way. */
const drainMs = 15_000;

class Publisher {
  frames = 0;
  readonly outgoing: Outgoing;
  readonly #connection: Connection;
  /** Own broadcasts that have come back. */
  #returned = 0;

  constructor(
    { dialect }: Endpoint,
    connection: Connection,
    number: number,
    stamped: boolean,
    onReturned: (publisher: Publisher, count: number) => void,
  ) {
    const content = firstContent(number);
    const request = dialect.request('broadcast', broadcastChannel, content);
    const reply = dialect.reply('broadcast', broadcastChannel, content);
    this.outgoing = new Outgoing(request, dialect.mask, stamped);
    this.#connection = connection;
    const reader = new FrameReader(reply.bytes.length, (bytes, at) => {
      this.frames += 1;
      const contentAt = at + reply.contentAt;
      if (readNumber(bytes, contentAt, publisherField) !== number) return;
      const sequence = readNumber(bytes, contentAt, sequenceField);
      if (sequence !== this.#returned) {
        throw new Error(`publisher ${number}: got ${sequence} back, not ${this.#returned}`);
      }
      this.#returned += 1;
    });
    connection.receive = (bytes, length) => {
      const before = this.#returned;
      reader.receive(bytes, length);
      if (this.#returned > before) onReturned(this, this.#returned - before);
    };
  }

  get outstanding(): number {
    return this.outgoing.count - this.#returned;
  }

  send(messages: number): void {
    this.#connection.socket.write(this.outgoing.next(messages));
  }
}

/** Calls `act` evenly; a late call is made up for, so that the rate holds. Returns how to end it. */
export function evenly(perSecond: number, act: () => void): () => void {
  const beganMs = performance.now();
  let acts = 0;
  let timer: NodeJS.Timeout;
  const dueMs = (): number => beganMs + ((acts + 1) * 1000) / perSecond;
  function schedule(): void {
    timer = setTimeout(
      () => {
        // More than one only where timers are too coarse for the rate.
        do {
          acts += 1;
          act();
        } while (dueMs() < performance.now() - timerMs);
        schedule();
      },
      Math.max(0, dueMs() - performance.now()),
    );
  }
  schedule();
  return () => clearTimeout(timer);
}

/** What a timer is late at least when it is due at once. */
const timerMs = 1;

/** Begins sending at `pace`; what it returns ends that. */
function beginSending(publishers: readonly Publisher[], pace: Pace): () => void {
  if (pace.kind === 'window') {
    for (const publisher of publishers) publisher.send(pace.size);
    return () => {};
  }
  if (pace.perSecond === 0) return () => {};
  let turn = 0;
  return evenly(pace.perSecond, () => {
    publishers[turn % publishers.length]?.send(1);
    turn += 1;
  });
}

export function publish(endpoint: Endpoint, role: Extract<Role, { kind: 'publish' }>): Player {
  const channels = Array.from({ length: role.publishers + 1 }, () => broadcastChannel);
  const connections = openConnections(endpoint, 'broadcast', channels);
  const expected = endpoint.dialect.reply('broadcast', broadcastChannel, firstContent(0));
  const verifier = new Verifier(expected, role.publishers);
  const verified = { frames: 0 };
  const publishers: Publisher[] = [];
  let pace = role.pace;
  let stopSending = (): void => {};
  let stopped = false;
  const sent = (): number => publishers.reduce((sum, { outgoing }) => sum + outgoing.count, 0);
  const allReturned = async (): Promise<void> => {
    const outstanding = (): number =>
      publishers.reduce((sum, publisher) => sum + publisher.outstanding, 0);
    const complaint = (): string => `${outstanding()} broadcasts did not come back`;
    await waitFor(() => outstanding() === 0, drainMs, complaint);
  };

  const ready = connections.ready.then(() => {
    const [checked, ...sending] = [...connections.all].reverse();
    const reader = new FrameReader(expected.bytes.length, (bytes, at) => {
      verifier.verify(bytes, at);
      verified.frames += 1;
    });
    checked!.receive = (bytes, length) => reader.receive(bytes, length);
    const stamped = role.pace.kind === 'rate' || role.stamped === true;
    for (const [number, connection] of sending.entries()) {
      publishers.push(
        new Publisher(endpoint, connection, number, stamped, (publisher, count) => {
          if (pace.kind === 'window' && !stopped) publisher.send(count);
        }),
      );
    }
  });

  return {
    connected: connections.connected,
    ready,
    go() {
      stopSending = beginSending(publishers, pace);
    },
    frames: () => [verified, ...publishers].reduce((sum, { frames }) => sum + frames, 0),
    async stop() {
      stopped = true;
      stopSending();
      await allReturned();
      return sent();
    },
    async act(act) {
      if (act.kind !== 'pace') throw new Error(`publishers cannot ${act.kind}`);
      stopSending();
      pace = { kind: 'rate', perSecond: act.perSecond };
      await allReturned();
      stopSending = beginSending(publishers, pace);
      return { sent: sent() };
    },
    check: async (messages) => expectAll([verified, ...publishers], messages),
  };
}
