import { alice, login } from './account-store.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { Drafts } from '../../src/core/drafts.js';
import type { Storage } from '../../src/core/ports.js';
import type { OpenedStorage } from './storage.js';
import { appendAll, edit, message, removal, topic } from './store-changes.js';
import { all, append, draft, trimAll } from './store-drafts.js';
import { checkAgainstModel, step } from './store-model.js';

/** A storage that outlives its process. */
export interface DurableStorage extends OpenedStorage {
  /** Closes it, and opens what it has kept. */
  readonly reopen: () => Promise<Storage>;
}

/** What a storage promises beside that, when it says that what is kept outlives the process. */
export function durableStorageContract(name: string, open: () => Promise<DurableStorage>): void {
  describe(`${name}, opened anew`, () => {
    let opened: DurableStorage;

    beforeEach(async () => {
      opened = await open();
    });

    afterEach(async () => await opened.remove());

    it('has everything that was appended, ids included', async () => {
      const { log } = opened.storage;
      await append(log, 'lobby', 3, (index) => draft(`m${index}`, { id: String(index) }));
      await trimAll(log, { entriesMax: 2, sinceMs: 0 });
      const before = await log.read('lobby', all);
      const reopened = (await opened.reopen()).log;
      expect(await reopened.read('lobby', all)).to.deep.equal(before);
      const drafts = [0, 1, 2, 3].map((index) => draft(`m${index}`, { id: String(index) }));
      const [result] = await reopened.append([{ room: 'lobby', drafts: Drafts.of(drafts) }]);
      expect(result!.firstSeq).to.equal(4);
      expect(
        result!.notAdded.map((one) => [one.index, one.kind === 'repeated' && one.isSame]),
      ).to.deep.equal([
        [0, true],
        [1, true],
        [2, true],
      ]);
    });

    it('has every change as it was done, and knows the ids of what was changed', async () => {
      const { log } = opened.storage;
      const drafts = [
        message('a', { id: '1' }),
        message('b', { id: '2' }),
        edit(1, 'c', { id: '3' }),
        edit(2, 'd', { id: '4' }),
        removal(2, { id: '5' }),
        topic('e', { id: '6' }),
      ];
      await appendAll(log, ...drafts);
      const range = { prefix: '', after: '', roomsMax: 10 };
      const before = [await log.read('lobby', all), await opened.storage.rooms.list(range)];
      const reopened = await opened.reopen();
      const after = [await reopened.log.read('lobby', all), await reopened.rooms.list(range)];
      expect(after).to.deep.equal(before);
      const { firstSeq, notAdded } = await appendAll(reopened.log, ...drafts, removal(2));
      expect(firstSeq).to.equal(7);
      expect(notAdded.map((one) => one.kind === 'repeated' && one.isSame)).to.deep.equal([
        ...drafts.map(() => true),
        false,
      ]);
    });

    it('has its epochs, also those of rooms that were never used', async () => {
      const { log } = opened.storage;
      await append(log, 'lobby', 1);
      const before = await Promise.all([log.state('lobby'), log.state('nowhere')]);
      const reopened = (await opened.reopen()).log;
      const after = await Promise.all([reopened.state('lobby'), reopened.state('nowhere')]);
      expect(after).to.deep.equal(before);
    });

    it('has its secret, and a greater incarnation each time', async () => {
      const { secret, incarnation } = opened.storage;
      const second = await opened.reopen();
      const third = await opened.reopen();
      expect([second.secret, third.secret]).to.deep.equal([secret, secret]);
      expect(second.incarnation).to.be.greaterThan(incarnation);
      expect(third.incarnation).to.be.greaterThan(second.incarnation);
    });

    it('has its accounts, their log-ins and their names', async () => {
      const { accounts } = opened.storage;
      await accounts.addAccount(alice, login('a', 1000));
      const before = await accounts.logins(alice.person);
      const reopened = await opened.reopen();
      expect(await reopened.accounts.account(alice.person)).to.deep.equal(alice);
      expect(await reopened.accounts.logins(alice.person)).to.deep.equal(before);
      expect(await reopened.names.names()).to.deep.equal([
        { person: alice.person, name: 'alice', untilMs: Infinity },
      ]);
    });

    it('agrees with a simple model, whatever is done before and after', async () => {
      const reopening = fc.constant({ kind: 'reopen' as const });
      const steps = fc.array(fc.oneof({ weight: 9, arbitrary: step }, reopening), {
        maxLength: 30,
      });
      await fc.assert(
        fc.asyncProperty(steps, async (some) => {
          const fresh = await open();
          try {
            const reopen = async () => (await fresh.reopen()).log;
            await checkAgainstModel(fresh.storage.log, some, reopen);
          } finally {
            await fresh.remove();
          }
        }),
        { numRuns: 20 },
      );
    });
  });
}
