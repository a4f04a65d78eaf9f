import { expect } from 'chai';
import { StoredAccounts } from '../../src/auth/accounts.js';
import { Passwords } from '../../src/auth/passwords.js';
import { HmacTokens } from '../../src/auth/token.js';
import { ErrorCode } from '../../src/protocol/messages.js';
import { MemoryAccounts } from '../../src/store/memory/accounts.js';
import { rejection } from '../support/chat-clients.js';

const cheap = { log2N: 4, r: 8, p: 1 };
const facts = { device: '', client: 'test', address: '192.0.2.1' };
const { address } = facts;

describe('passwords', () => {
  it('are hashed as others hash them', async () => {
    // Of the documentation of passlib, for Python.
    const hash =
      '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E';
    expect(await new Passwords().verify('password', hash, address)).to.equal(true);
    expect(await new Passwords().verify('passwort', hash, address)).to.equal(false);
  });

  it('have a salt and a cost of their own, which is what OWASP advises', async () => {
    const passwords = new Passwords();
    const [one, other] = [
      await passwords.hash('the same one', address),
      await passwords.hash('the same one', address),
    ];
    expect(one).to.match(/^\$scrypt\$ln=17,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.to.equal(other);
    expect(await passwords.verify('the same one', one, address)).to.equal(true);
  });

  it('have 8 to 1,024 bytes, of whatever letters', async () => {
    const passwords = new Passwords(cheap);
    for (const wrong of ['', '1234567', 'x'.repeat(1025), '\u00e4'.repeat(513)]) {
      const error = await rejection(passwords.hash(wrong, address));
      expect(error).to.include({ code: ErrorCode.ERROR_CODE_BAD_PASSWORD });
    }
    for (const good of ['12345678', '\u00e4'.repeat(4), '\u00e4'.repeat(512)]) {
      const hash = await passwords.hash(good, address);
      expect(await passwords.verify(good, hash, address)).to.equal(true);
      expect(await passwords.verify(`${good}x`, hash, address)).to.equal(false);
    }
  });

  it('are nobody’s where there is no hash, or the account was removed', async () => {
    const passwords = new Passwords(cheap);
    for (const none of [undefined, '']) {
      expect(await passwords.verify('12345678', none, address)).to.equal(false);
    }
  });

  it('wait for each other: 8 of a network, 64 of all', async () => {
    const passwords = new Passwords(cheap);
    const hashed = Array.from({ length: 9 }, async (_, network) =>
      Promise.allSettled(
        Array.from({ length: 9 }, async () =>
          passwords.hash('12345678', `198.51.${network}.${network}`),
        ),
      ),
    );
    const all = await Promise.all(hashed);
    const done = all.map((some) => some.filter(({ status }) => status === 'fulfilled').length);
    expect(done).to.deep.equal([8, 8, 8, 8, 8, 8, 8, 8, 0]);
    // There is room again.
    await passwords.hash('12345678', address);
  });

  it('are hashed anew, when they are known, as soon as that costs more', async () => {
    const store = new MemoryAccounts();
    const accountsAt = (log2N: number): StoredAccounts =>
      new StoredAccounts({
        store,
        passwords: new Passwords({ ...cheap, log2N }),
        guests: new HmacTokens(new Uint8Array(32)),
        wallMs: () => 1000,
      });
    await accountsAt(4).create({ person: 'p', name: 'alice' }, '12345678', address);
    const login = async (log2N: number, password: string): Promise<string> => {
      const credential = { kind: 'password', person: 'p', password } as const;
      return (await accountsAt(log2N).authenticate(credential, facts)).kind;
    };
    expect(await login(5, 'wrong one')).to.equal('refused');
    expect((await store.account('p'))!.passwordHash).to.match(/ln=4,/);
    expect(await login(5, '12345678')).to.equal('known');
    expect((await store.account('p'))!.passwordHash).to.match(/ln=5,/);
    expect(await login(5, '12345678')).to.equal('known');
  });
});

describe('the token of a log-in', () => {
  it('ends 30 days after it was used last', async () => {
    const dayMs = 24 * 3_600_000;
    let nowMs = 0;
    const accounts = new StoredAccounts({
      store: new MemoryAccounts(),
      passwords: new Passwords(cheap),
      guests: new HmacTokens(new Uint8Array(32)),
      wallMs: () => nowMs,
    });
    const identity = await accounts.register({ person: 'p', name: 'alice' }, '12345678', facts);
    const { token } = identity!.login;
    const use = async (): Promise<string> =>
      (await accounts.authenticate({ kind: 'token', token }, facts)).kind;
    for (let used = 0; used < 3; used += 1) {
      nowMs += 29 * dayMs;
      expect(await use()).to.equal('known');
    }
    nowMs += 30 * dayMs + 1;
    expect(await use()).to.equal('refused');
    expect(await accounts.logins('p')).to.deep.equal([]);
  });
});
