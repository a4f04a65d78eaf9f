// The role `receive`: connections that do nothing but take what comes.
import { ByteCounter, countFrames, expectAll } from './byte-counter.js';
import { type Connection, type Endpoint, openConnections } from './connection.js';
import { broadcastChannel, firstContent, nowUs, readNumber, timeField } from './content.js';
import { FrameReader } from './frame-reader.js';
import { Histogram } from './histogram.js';
import type { Player, Role } from './roles.js';

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

export function receive(endpoint: Endpoint, role: Extract<Role, { kind: 'receive' }>): Player {
  const channels = Array.from({ length: role.connections }, () => broadcastChannel);
  const connections = openConnections(endpoint, 'broadcast', channels);
  const reply = endpoint.dialect.reply('broadcast', broadcastChannel, firstContent(0));
  const counters: { readonly frames: number }[] = [];
  let histogram = new Histogram();

  const ready = connections.ready.then(() => {
    for (const connection of connections.all) {
      counters.push(
        role.latency
          ? new LatencyTaker(connection, reply.bytes.length, reply.contentAt, () => histogram)
          : new ByteCounter(connection, reply.bytes.length),
      );
    }
  });

  const player: Player = {
    connected: connections.connected,
    ready,
    go: () => {},
    frames: () => countFrames(counters),
    stop: async () => Promise.resolve(0),
    check: async (sent) => expectAll(counters, sent),
  };
  if (!role.latency) return player;
  return {
    ...player,
    latency() {
      const taken = histogram;
      histogram = new Histogram();
      return { p50Us: taken.percentile(0.5), p99Us: taken.percentile(0.99) };
    },
  };
}
