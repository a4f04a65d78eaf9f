import { memory } from './memory/storage.js';
import { sqlite } from './sqlite/storage.js';
import type { StorageKind } from './storage-kind.js';

/** By their names in the configuration, which has no others. */
const kinds: Readonly<Record<string, StorageKind>> = { sqlite, memory };

/** The kind of storage that is set: the one place that knows them all. */
export function storageKind(name: string): StorageKind {
  return kinds[name]!;
}
