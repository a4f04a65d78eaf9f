// The role `probe`: asks for an echo at fixed times, whether or not the one before has
// come back, so that a server that answers nobody for a while is seen to do so.
import { type Endpoint, openConnections } from './connection.js';
import { firstContent, nowUs, readNumber, timeField } from './content.js';
import { FrameReader } from './frame-reader.js';
import { Histogram } from './histogram.js';
import { Outgoing } from './outgoing.js';
import { evenly } from './publish.js';
import type { Player, Role } from './roles.js';
import { waitFor } from './wait.js';

const drainMs = 30_000;
const channel = 'p';

export function probe(endpoint: Endpoint, role: Extract<Role, { kind: 'probe' }>): Player {
  const { dialect } = endpoint;
  const { all, connected, ready } = openConnections(endpoint, 'echo', [channel]);
  const content = firstContent(0);
  const outgoing = new Outgoing(dialect.request('echo', channel, content), dialect.mask, true);
  const reply = dialect.reply('echo', channel, content);
  let histogram = new Histogram();
  let answered = 0;
  let stopAsking = (): void => {};

  return {
    connected,
    ready: ready.then(() => {
      const reader = new FrameReader(reply.bytes.length, (bytes, at) => {
        answered += 1;
        histogram.add(nowUs() - readNumber(bytes, at + reply.contentAt, timeField));
      });
      all[0]!.receive = (bytes, length) => reader.receive(bytes, length);
    }),
    go() {
      stopAsking = evenly(role.perSecond, () => all[0]!.socket.write(outgoing.next(1)));
    },
    frames: () => answered,
    latency() {
      const taken = histogram;
      histogram = new Histogram();
      return {
        p50Us: taken.percentile(0.5),
        p99Us: taken.percentile(0.99),
        maxUs: taken.maxUs,
      };
    },
    async stop() {
      stopAsking();
      const complaint = (): string => `${outgoing.count - answered} echoes did not come back`;
      await waitFor(() => answered === outgoing.count, drainMs, complaint);
      return 0;
    },
    check: async () => Promise.resolve(),
  };
}
