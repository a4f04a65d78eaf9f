// The role `listen`: full sessions that take what comes.
import { countFrames, expectAll } from './byte-counter.js';
import { type Endpoint, openFull, sharedBuffer } from './connection.js';
import { FullSession } from './full-session.js';
import type { Player, Role } from './roles.js';

export function listen({ port }: Endpoint, role: Extract<Role, { kind: 'listen' }>): Player {
  const buffer = sharedBuffer();
  const sessions = Array.from(
    { length: role.connections },
    (_, index) => new FullSession({ port, room: '', buffer, isCounting: index > 0 }),
  );
  return {
    ...openFull(sessions),
    go: () => {},
    frames: () => countFrames(sessions),
    stop: async () => Promise.resolve(0),
    check: async (sent) => expectAll(sessions, sent),
  };
}
