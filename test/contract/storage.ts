import { expect } from 'chai';
import type { Storage } from '../../src/core/ports.js';
import { accountStoreContract } from './account-store.js';
import { roomListContract } from './room-list.js';
import { append } from './store-drafts.js';
import { storeContract } from './store.js';

/** A storage to be tested, which is new and has room for all that is kept here. */
export interface OpenedStorage {
  readonly storage: Storage;
  /** Closes it and removes what it has kept. */
  readonly remove: () => Promise<void>;
}

/** What every `Storage` promises, no more and no less (src/core/ports.ts). */
export function storageContract(name: string, open: () => Promise<OpenedStorage>): void {
  describe(name, () => {
    describe('its secret, its count of starts and its end', () => {
      let opened: OpenedStorage;

      beforeEach(async () => {
        opened = await open();
      });

      afterEach(async () => await opened.remove());

      it('has 32 bytes that no other storage has', async () => {
        const other = await open();
        expect(opened.storage.secret).to.have.length(32);
        expect(opened.storage.secret).not.to.deep.equal(other.storage.secret);
        await other.remove();
      });

      it('counts the first start as 1', () => {
        expect(opened.storage.incarnation).to.equal(1);
      });

      it('closes once what was asked is answered, whoever closes it again', async () => {
        const { storage } = opened;
        const calls = Promise.all([append(storage.log, 'lobby', 1000), storage.log.probe()]);
        await Promise.all([storage.close(), storage.close()]);
        expect((await calls)[0].firstSeq).to.equal(1);
        await storage.close();
      });
    });

    describe('what it keeps', () => {
      let opened: OpenedStorage;

      beforeEach(async () => {
        opened = await open();
      });

      afterEach(async () => await opened.remove());

      roomListContract(() => opened.storage);
      accountStoreContract(() => opened.storage);
    });

    storeContract(async () => {
      const { storage, remove } = await open();
      return { store: storage.log, remove };
    });
  });
}
