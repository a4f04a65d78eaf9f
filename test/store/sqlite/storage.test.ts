import { join } from 'node:path';
import { databaseName, SqliteStore } from '../../../src/store/sqlite/storage.js';
import { storeContract } from '../../contract/store.js';
import { makeFolder, removeFolder } from '../../support/folders.js';

storeContract(
  'SqliteStore',
  async () => {
    const folder = await makeFolder();
    const path = join(folder, databaseName);
    let store = await SqliteStore.open(path);
    return {
      store,
      reopen: async () => {
        await store.close();
        store = await SqliteStore.open(path);
        return store;
      },
      remove: async () => {
        await store.close();
        await removeFolder(folder);
      },
    };
  },
  true,
);
