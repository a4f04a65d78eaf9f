import { randomBytes } from 'node:crypto';
import type { Storage } from '../../core/ports.js';
import { notKept, StoreOpenError } from '../errors.js';
import type { StorageKind } from '../storage-kind.js';
import { MemoryAccounts } from './accounts.js';
import { MemoryLog } from './log.js';
import { MemoryNames } from './names.js';
import type { MemoryRooms } from './rooms.js';

/** All that a server keeps, in its memory: it ends with the process, and so does what it gave to whom. */
export class MemoryStorage implements Storage {
  readonly log: MemoryLog;
  readonly rooms: MemoryRooms;
  readonly accounts = new MemoryAccounts();
  readonly names = new MemoryNames(this.accounts);
  readonly secret: Uint8Array = randomBytes(32);
  readonly incarnation = 1;
  readonly schemaVersion = 0;

  constructor(bytesMax: number) {
    this.log = new MemoryLog(bytesMax);
    this.rooms = this.log.rooms;
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

export const memory: StorageKind = {
  open: async ({ memoryBytesMax }) => new MemoryStorage(memoryBytesMax),
  keptIn() {
    const message = 'a server with --store memory has no files that could be read';
    throw new StoreOpenError(message, notKept);
  },
};
