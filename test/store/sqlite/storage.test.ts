import { join } from 'node:path';
import { databaseName, SqliteStorage } from '../../../src/store/sqlite/storage.js';
import { durableStorageContract, type DurableStorage } from '../../contract/durable-storage.js';
import { storageContract } from '../../contract/storage.js';
import { makeFolder, removeFolder } from '../../support/folders.js';

async function open(): Promise<DurableStorage> {
  const folder = await makeFolder();
  const path = join(folder, databaseName);
  let storage = await SqliteStorage.open(path);
  return {
    storage,
    reopen: async () => {
      await storage.close();
      return (storage = await SqliteStorage.open(path));
    },
    remove: async () => {
      await storage.close();
      await removeFolder(folder);
    },
  };
}

storageContract('SqliteStorage', open);
durableStorageContract('SqliteStorage', open);
