import { expect } from 'chai';
import type { AccountRecord, LoginRecord, Storage } from '../../src/core/ports.js';

export const alice: AccountRecord = {
  person: 'p-alice',
  name: 'alice',
  passwordHash: 'hash of alice',
  createdAtMs: 1000,
};

/** A log-in of a person, used last at a time. */
export function login(id: string, usedAtMs: number, person = alice.person): LoginRecord {
  const facts = { device: `device of ${id}`, client: 'test/1', address: '192.0.2.1' };
  return { id, person, tokenHash: hashOf(id), ...facts, beganAtMs: 1000, usedAtMs };
}

function hashOf(id: string): Uint8Array {
  return new Uint8Array(32).fill(id.charCodeAt(0));
}

/** What a storage promises of its accounts (`AccountStore`). */
export function accountStoreContract(opened: () => Storage): void {
  const idsOf = async (person = alice.person): Promise<string[]> =>
    (await opened().accounts.logins(person)).map(({ id }) => id);

  it('keeps an account with its first log-in, once, and its name for ever', async () => {
    const { accounts, names } = opened();
    await names.saveNames([{ person: alice.person, name: 'alice', untilMs: 5000 }]);
    expect(await accounts.account(alice.person)).to.equal(undefined);
    expect(await accounts.addAccount(alice, login('a', 1000))).to.equal(true);
    const other = { ...alice, passwordHash: 'another' };
    expect(await accounts.addAccount(other, login('b', 1000))).to.equal(false);
    expect(await accounts.account(alice.person)).to.deep.equal(alice);
    expect(await idsOf()).to.deep.equal(['a']);
    const held = [{ person: alice.person, name: 'alice', untilMs: Infinity }];
    expect(await names.names()).to.deep.equal(held);
  });

  it('finds a log-in by the hash of its token, until it has ended', async () => {
    const { accounts } = opened();
    await accounts.addAccount(alice, login('a', 1000));
    const found = await accounts.login(hashOf('a'));
    expect({ ...found, tokenHash: [...found!.tokenHash] }).to.deep.equal({
      ...login('a', 1000),
      tokenHash: [...hashOf('a')],
    });
    expect(await accounts.login(hashOf('b'))).to.equal(undefined);
    expect(await accounts.endLogins(alice.person, { id: 'a' })).to.deep.equal(['a']);
    expect(await accounts.login(hashOf('a'))).to.equal(undefined);
    expect(await accounts.endLogins(alice.person, { id: 'a' })).to.deep.equal([]);
  });

  it('lists the log-ins of a person, those that were used last first', async () => {
    const { accounts } = opened();
    await accounts.addAccount(alice, login('a', 1000));
    await accounts.addAccount({ ...alice, person: 'p-bob', name: 'bob' }, login('z', 1, 'p-bob'));
    await accounts.addLogin(login('b', 3000), alice.passwordHash, 10);
    await accounts.addLogin(login('c', 2000), alice.passwordHash, 10);
    expect(await idsOf()).to.deep.equal(['b', 'c', 'a']);
    await accounts.useLogin({ id: 'a', client: 'test/2', address: '192.0.2.2', usedAtMs: 4000 });
    expect(await idsOf()).to.deep.equal(['a', 'b', 'c']);
    const [first] = await accounts.logins(alice.person);
    expect(first).to.include({ client: 'test/2', address: '192.0.2.2', device: 'device of a' });
    expect(await idsOf('p-bob')).to.deep.equal(['z']);
  });

  it('ends those that were used longest ago when there are too many', async () => {
    const { accounts } = opened();
    await accounts.addAccount(alice, login('a', 1000));
    await accounts.addLogin(login('b', 3000), alice.passwordHash, 2);
    expect(await accounts.addLogin(login('c', 2000), alice.passwordHash, 2)).to.deep.equal(['a']);
    expect(await idsOf()).to.deep.equal(['b', 'c']);
  });

  it('ends all but one, and nobody else’s', async () => {
    const { accounts } = opened();
    await accounts.addAccount(alice, login('a', 1000));
    await accounts.addAccount({ ...alice, person: 'p-bob', name: 'bob' }, login('z', 1, 'p-bob'));
    await accounts.addLogin(login('b', 3000), alice.passwordHash, 10);
    expect(await accounts.endLogins('p-bob', { id: 'a' })).to.deep.equal([]);
    expect(await accounts.endLogins(alice.person, { except: 'b' })).to.deep.equal(['a']);
    expect([await idsOf(), await idsOf('p-bob')]).to.deep.equal([['b'], ['z']]);
  });

  it('lists accounts by their names, from one on, also those that were removed', async () => {
    const { accounts } = opened();
    for (const name of ['carol', 'alice', 'bob', 'zo\u00eb', 'dora']) {
      await accounts.addAccount({ ...alice, person: `p-${name}`, name }, undefined);
    }
    await accounts.changePassword('p-bob', undefined, '', undefined);
    const namesOf = async (after: string, max: number): Promise<string[]> =>
      (await accounts.accounts(after, max)).map(({ name }) => name);
    expect(await namesOf('', 10)).to.deep.equal(['alice', 'bob', 'carol', 'dora', 'zo\u00eb']);
    expect(await namesOf('alice', 2)).to.deep.equal(['bob', 'carol']);
    expect(await namesOf('zo\u00eb', 2)).to.deep.equal([]);
    expect(await accounts.account('p-bob')).to.include({ passwordHash: '' });
    expect(await opened().names.names()).to.have.length(5);
  });

  it('ends all with a change of the password, and begins one', async () => {
    const { accounts } = opened();
    await accounts.addAccount(alice, login('a', 1000));
    await accounts.addLogin(login('b', 3000), alice.passwordHash, 10);
    const { person, passwordHash } = alice;
    const ended = await accounts.changePassword(person, passwordHash, 'new hash', login('c', 4000));
    expect(ended).to.have.members(['a', 'b']);
    expect(await idsOf()).to.deep.equal(['c']);
    expect(await accounts.account(alice.person)).to.include({ passwordHash: 'new hash' });
    await accounts.replaceHash(alice.person, 'new hash', 'newer hash');
    expect(await accounts.account(alice.person)).to.include({ passwordHash: 'newer hash' });
    expect(await idsOf()).to.deep.equal(['c']);
  });

  it('does nothing for somebody who has given a password that was changed meanwhile', async () => {
    const { accounts } = opened();
    await accounts.addAccount(alice, login('a', 1000));
    const { person } = alice;
    await accounts.replaceHash(person, 'another hash', 'newer hash');
    expect(await accounts.addLogin(login('b', 3000), 'another hash', 10)).to.equal(undefined);
    const changed = await accounts.changePassword(person, 'another hash', 'mine', login('c', 1));
    expect(changed).to.equal(undefined);
    expect(await accounts.account(person)).to.deep.equal(alice);
    expect(await idsOf()).to.deep.equal(['a']);
  });
}
