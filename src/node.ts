import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { StoredAccounts } from './auth/accounts.js';
import { Passwords } from './auth/passwords.js';
import { HmacTokens } from './auth/token.js';
import { limitsFrom, retentionFrom, rulesFrom } from './config.js';
import { Node } from './core/node.js';
import type { Clock, Observer, Storage } from './core/ports.js';
import { jwtLoginsOf } from './jwt-logins.js';
import type { Logger } from './observers.js';
import type { Settings } from './settings.js';
import type { Access } from './transports/access.js';
import type { OpenSockets } from './transports/open-sockets.js';

/** What the chat itself is made of. */
export interface OpenOptions {
  readonly settings: Settings;
  readonly storage: Storage;
  readonly accounts: StoredAccounts;
  readonly access: Access;
  readonly observers: readonly Observer[];
  readonly sockets: OpenSockets;
  /** Of the program. */
  readonly version: string;
  readonly logger: Logger;
}

/** Who people are, by what the storage keeps and the settings name. Throws `ConfigError`. */
export function openAccounts(settings: Settings, storage: Storage): StoredAccounts {
  return new StoredAccounts({
    store: storage.accounts,
    passwords: new Passwords(),
    guests: new HmacTokens(storage.secret),
    jwt: jwtLoginsOf(settings),
    wallMs: () => systemClock.wallMs(),
  });
}

/** The chat itself, in the world as it is. Rejects when the store cannot be read. */
export async function openNode(options: OpenOptions): Promise<Node> {
  const { settings, accounts, storage, access, observers, sockets, version, logger } = options;
  return await Node.open({
    clock: systemClock,
    store: storage.log,
    roomList: storage.rooms,
    names: storage.names,
    authenticator: accounts,
    accounts,
    rules: rulesFrom(settings),
    incarnation: storage.incarnation,
    retention: retentionFrom(settings),
    observers,
    observerFailed: (call, error) => {
      const problem = error instanceof Error ? error.stack : String(error);
      logger.error({ call, problem }, 'an observer failed; the server continues');
    },
    limits: limitsFrom(settings),
    // Buffers, as sockets would make one of anything else at each write. Small ones of the
    // first kind share a piece of memory, which each of them keeps.
    allocate: {
      reply: (bytes) => Buffer.allocUnsafe(bytes),
      batch: (bytes) => Buffer.allocUnsafeSlow(bytes),
    },
    memoryBytesMax: memoryBytesOf(settings),
    logBytesMax: settings.logBytesMax,
    get connectionsMax() {
      return access.connectionsMax;
    },
    get connectionsPerAddressMax() {
      return access.connectionsPerAddressMax;
    },
    hasRoom: () => sockets.hasRoom,
    serverName: `tcp-chat-server/${version}`,
  });
}

const mebibyte = 1024 * 1024;
const defaultMemoryBytesMin = 256 * mebibyte;

/** The memory that peers can make the server use: that of `--memory`, or a part of all there is. */
function memoryBytesOf({ memory }: Settings): number {
  if (memory > 0) return memory * mebibyte;
  // 0 where nothing but the machine limits the process.
  const limit = process.constrainedMemory();
  const all = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return Math.max(defaultMemoryBytesMin, all / 4);
}

const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  endOfTurn: (callback) => void setImmediate(callback),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The version of this package. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return (manifest as { version: string }).version;
}
