// The role `idle`: connections that are there.
import { type Endpoint, openConnections } from './connection.js';
import { broadcastChannel } from './content.js';
import type { Player, Role } from './roles.js';

export function idle(endpoint: Endpoint, role: Extract<Role, { kind: 'idle' }>): Player {
  const channels = Array.from({ length: role.connections }, () => broadcastChannel);
  const { connected, ready } = openConnections(endpoint, 'broadcast', channels);
  return {
    connected,
    ready,
    go: () => {},
    frames: () => 0,
    stop: async () => Promise.resolve(0),
    check: async () => Promise.resolve(),
  };
}
