// The role `acked`: full sessions that broadcast under ids and wait for acks. They are
// in the lobby like any other, and get each broadcast themselves.
import { type Endpoint, openFull, sharedBuffer } from './connection.js';
import { FullPublisher } from './full-publisher.js';
import type { Player, Role } from './roles.js';
import { waitFor } from './wait.js';
import { expectAll } from './byte-counter.js';

const drainMs = 15_000;

export function acked({ port }: Endpoint, role: Extract<Role, { kind: 'acked' }>): Player {
  const buffer = sharedBuffer();
  let stopped = false;
  const publishers = Array.from(
    { length: role.publishers },
    (_, number) =>
      new FullPublisher({
        port,
        room: '',
        buffer,
        number,
        onAcked: (publisher, count) => {
          if (!stopped) publisher.send(count);
        },
      }),
  );
  const sessions = publishers.map(({ session }) => session);
  const sum = (of: (publisher: FullPublisher) => number): number =>
    publishers.reduce((total, publisher) => total + of(publisher), 0);

  return {
    ...openFull(sessions),
    go() {
      for (const publisher of publishers) publisher.send(role.window);
    },
    frames: () => sum(({ session }) => session.frames),
    done: () => sum((publisher) => publisher.acked),
    async stop() {
      stopped = true;
      const outstanding = (): number => sum((publisher) => publisher.outstanding);
      const complaint = (): string => `${outstanding()} messages were not acked`;
      await waitFor(() => outstanding() === 0, drainMs, complaint);
      return sum((publisher) => publisher.sent);
    },
    check: async (sent) => expectAll(sessions, sent),
  };
}
