// The role `receive`: connections that do nothing but take what comes.
import type { Frame } from '../dialects/dialect.js';
import { ByteCounter, countFrames, expectAll } from './byte-counter.js';
import { type Connection, type Endpoint, openConnections } from './connection.js';
import { broadcastChannel, firstContent, nowUs, readNumber, timeField } from './content.js';
import { FrameReader } from './frame-reader.js';
import { Histogram } from './histogram.js';
import type { Player, Role } from './roles.js';
import { type Sink, sink } from './sink.js';

/** Counts frames, and how long each took from its publisher to here. */
class LatencyTaker {
  frames = 0;

  constructor(
    connection: Connection,
    frameBytes: number,
    contentAt: number,
    histogram: () => Histogram,
  ) {
    let arrivedUs = 0;
    const reader = new FrameReader(frameBytes, (bytes, at) => {
      this.frames += 1;
      histogram().add(arrivedUs - readNumber(bytes, at + contentAt, timeField));
    });
    connection.receive = (bytes, length) => {
      arrivedUs = nowUs();
      reader.receive(bytes, length);
    };
  }
}

/** Counts bytes, and takes the latency of every so-many-th frame where it lies whole. */
class LatencySampler {
  #bytes = 0;
  /** Where in the stream the next one to look at begins. */
  #nextAt = 0;
  readonly #frameBytes: number;

  constructor(
    connection: Connection,
    { bytes: reply, contentAt }: Frame,
    ofEvery: number,
    histogram: () => Histogram,
  ) {
    this.#frameBytes = reply.length;
    const timeBegin = contentAt + timeField.at;
    const timeEnd = timeBegin + timeField.digits;
    connection.receive = (bytes, length) => {
      const before = this.#bytes;
      this.#bytes += length;
      const arrivedUs = nowUs();
      while (this.#nextAt + timeEnd <= this.#bytes) {
        const at = this.#nextAt - before;
        // It is a small part of all whose time came in two pieces: those are left out.
        if (at + timeBegin >= 0) {
          histogram().add(arrivedUs - readNumber(bytes, at + contentAt, timeField));
        }
        this.#nextAt += ofEvery * reply.length;
      }
    };
  }

  get frames(): number {
    return this.#bytes / this.#frameBytes;
  }
}

export function receive(endpoint: Endpoint, role: Extract<Role, { kind: 'receive' }>): Player {
  const channels = Array.from({ length: role.connections }, () => broadcastChannel);
  const connections = openConnections(endpoint, 'broadcast', channels);
  const reply = endpoint.dialect.reply('broadcast', broadcastChannel, firstContent(0));
  const counters: { readonly frames: number }[] = [];
  let inUse: Sink | undefined;
  let histogram = new Histogram();

  const counterOn = (connection: Connection): { readonly frames: number } => {
    const { latency } = role;
    if (latency === false) return new ByteCounter(connection, reply.bytes.length);
    if (latency !== true) {
      return new LatencySampler(connection, reply, latency.ofEvery, () => histogram);
    }
    return new LatencyTaker(connection, reply.bytes.length, reply.contentAt, () => histogram);
  };

  const ready = connections.ready.then(async () => {
    const { isWrapped, tls } = endpoint.dialect;
    const isCounted = role.latency === false && !isWrapped && tls === undefined;
    if (isCounted && endpoint.sink !== undefined && role.connections > 0) {
      inUse = await sink(endpoint.sink, connections.all, reply.bytes.length);
      counters.push(...inUse.counters);
      return;
    }
    for (const connection of connections.all) {
      counters.push(counterOn(connection));
    }
  });

  const player: Player = {
    connected: connections.connected,
    ready,
    go: () => {},
    frames: () => countFrames(counters),
    cpuUs: () => inUse?.cpuUs ?? 0,
    stop: async () => Promise.resolve(0),
    check: async (sent) => expectAll(counters, sent),
  };
  if (role.latency === false) return player;
  return {
    ...player,
    latency() {
      const taken = histogram;
      histogram = new Histogram();
      return { p50Us: taken.percentile(0.5), p99Us: taken.percentile(0.99) };
    },
  };
}
