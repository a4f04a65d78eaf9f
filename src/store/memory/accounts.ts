import type { AccountRecord, AccountStore, LoginRecord, LoginUse } from '../../core/ports.js';

/** The accounts of people in this process's memory: nothing outlives it. */
export class MemoryAccounts implements AccountStore {
  readonly #accounts = new Map<string, AccountRecord>();
  /** By their ids. */
  readonly #logins = new Map<string, LoginRecord>();

  /** Of all accounts, for the record of names. */
  get all(): Iterable<AccountRecord> {
    return this.#accounts.values();
  }

  has(person: string): boolean {
    return this.#accounts.has(person);
  }

  async account(person: string): Promise<AccountRecord | undefined> {
    return this.#accounts.get(person);
  }

  async accounts(after: string, accountsMax: number): Promise<readonly AccountRecord[]> {
    const bytesOf = ({ name }: AccountRecord): Buffer => Buffer.from(name);
    return Array.from(this.#accounts.values())
      .filter((account) => Buffer.compare(bytesOf(account), Buffer.from(after)) > 0)
      .toSorted((one, other) => Buffer.compare(bytesOf(one), bytesOf(other)))
      .slice(0, accountsMax);
  }

  async addAccount(account: AccountRecord, login: LoginRecord | undefined): Promise<boolean> {
    if (this.#accounts.has(account.person)) return false;
    this.#accounts.set(account.person, account);
    if (login !== undefined) this.#logins.set(login.id, login);
    return true;
  }

  async replaceHash(person: string, before: string, after: string): Promise<void> {
    this.#replaceHash(person, before, after);
  }

  async changePassword(
    person: string,
    before: string | undefined,
    after: string,
    login: LoginRecord | undefined,
  ): Promise<readonly string[] | undefined> {
    if (!this.#replaceHash(person, before, after)) return undefined;
    const ended = this.#end(this.#of(person));
    if (login !== undefined) this.#logins.set(login.id, login);
    return ended;
  }

  /** Returns whether that was its hash. */
  #replaceHash(person: string, before: string | undefined, after: string): boolean {
    const account = this.#accounts.get(person);
    if (account === undefined || (before ?? account.passwordHash) !== account.passwordHash) {
      return false;
    }
    this.#accounts.set(person, { ...account, passwordHash: after });
    return true;
  }

  async login(tokenHash: Uint8Array): Promise<LoginRecord | undefined> {
    const wanted = Buffer.from(tokenHash);
    return Array.from(this.#logins.values()).find((login) => wanted.equals(login.tokenHash));
  }

  async logins(person: string): Promise<readonly LoginRecord[]> {
    return this.#of(person);
  }

  async addLogin(
    login: LoginRecord,
    passwordHash: string,
    loginsMax: number,
  ): Promise<readonly string[] | undefined> {
    if (this.#accounts.get(login.person)?.passwordHash !== passwordHash) return undefined;
    this.#logins.set(login.id, login);
    return this.#end(this.#of(login.person).slice(loginsMax));
  }

  async useLogin({ id, ...use }: LoginUse): Promise<void> {
    const login = this.#logins.get(id);
    if (login !== undefined) this.#logins.set(id, { ...login, ...use });
  }

  async endLogins(
    person: string,
    which: { readonly id: string } | { readonly except: string },
  ): Promise<readonly string[]> {
    const all = this.#of(person);
    return this.#end(
      all.filter(({ id }) => ('id' in which ? id === which.id : id !== which.except)),
    );
  }

  /** Those that were used last first. */
  #of(person: string): LoginRecord[] {
    return Array.from(this.#logins.values())
      .filter((login) => login.person === person)
      .toSorted((a, b) => b.usedAtMs - a.usedAtMs || b.beganAtMs - a.beganAtMs);
  }

  #end(logins: readonly LoginRecord[]): string[] {
    for (const { id } of logins) this.#logins.delete(id);
    return logins.map(({ id }) => id);
  }
}
