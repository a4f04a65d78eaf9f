import { Node, type NodeOptions } from '../../src/core/node.js';
import { defaultLimits } from '../../src/protocol/limits.js';
import { StoredAccounts } from '../../src/auth/accounts.js';
import { Passwords } from '../../src/auth/passwords.js';
import { HmacTokens } from '../../src/auth/token.js';
import { MemoryStorage } from '../../src/store/memory/storage.js';

/** A node in this process, with what a test changes; its timers never ring. */
export async function openNode(options: Partial<NodeOptions> = {}): Promise<Node> {
  const storage = new MemoryStorage(1e6);
  const accounts = new StoredAccounts({
    store: storage.accounts,
    passwords: new Passwords({ log2N: 1, r: 1, p: 1 }),
    guests: new HmacTokens(new Uint8Array(32)),
    wallMs: () => Date.now(),
  });
  return await Node.open({
    clock: {
      wallMs: () => Date.now(),
      monotonicMs: () => performance.now(),
      endOfTurn: (callback) => void setImmediate(callback),
      after: () => () => {},
    },
    store: storage.log,
    roomList: storage.rooms,
    names: storage.names,
    authenticator: accounts,
    accounts,
    rules: { takesGuests: true, canRegister: true },
    incarnation: 1,
    observers: [],
    observerFailed: (_call, error) => {
      throw error;
    },
    limits: defaultLimits,
    retention: { entriesMax: 0, ageMsMax: 0 },
    allocate: { reply: (bytes) => Buffer.alloc(bytes), batch: (bytes) => Buffer.alloc(bytes) },
    memoryBytesMax: 1e9,
    logBytesMax: 1e6,
    connectionsMax: 10,
    connectionsPerAddressMax: 10,
    serverName: 'test',
    ...options,
  });
}
