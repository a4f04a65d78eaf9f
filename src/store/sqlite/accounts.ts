import type { AccountRecord, AccountStore, LoginRecord, LoginUse } from '../../core/ports.js';
import type { AccountCall } from './account-rows.js';
import type { Threads } from './threads.js';

/** The accounts in an SQLite database; what was changed is on disk when the call settles. */
export class SqliteAccounts implements AccountStore {
  readonly #threads: Threads;

  constructor(threads: Threads) {
    this.#threads = threads;
  }

  async account(person: string): Promise<AccountRecord | undefined> {
    return (await this.#call({ method: 'account', args: [person] })) as AccountRecord | undefined;
  }

  async accounts(after: string, accountsMax: number): Promise<readonly AccountRecord[]> {
    return (await this.#call({
      method: 'accounts',
      args: [after, accountsMax],
    })) as AccountRecord[];
  }

  async addAccount(account: AccountRecord, login: LoginRecord | undefined): Promise<boolean> {
    return (await this.#call({ method: 'addAccount', args: [account, login] })) as boolean;
  }

  async replaceHash(person: string, before: string, after: string): Promise<void> {
    await this.#call({ method: 'replaceHash', args: [person, before, after] });
  }

  async changePassword(
    person: string,
    before: string | undefined,
    after: string,
    login: LoginRecord | undefined,
  ): Promise<readonly string[] | undefined> {
    const args: Parameters<AccountStore['changePassword']> = [person, before, after, login];
    return (await this.#call({ method: 'changePassword', args })) as string[] | undefined;
  }

  async login(tokenHash: Uint8Array): Promise<LoginRecord | undefined> {
    return (await this.#call({ method: 'login', args: [tokenHash] })) as LoginRecord | undefined;
  }

  async logins(person: string): Promise<readonly LoginRecord[]> {
    return (await this.#call({ method: 'logins', args: [person] })) as LoginRecord[];
  }

  async addLogin(
    login: LoginRecord,
    passwordHash: string,
    loginsMax: number,
  ): Promise<readonly string[] | undefined> {
    const args: Parameters<AccountStore['addLogin']> = [login, passwordHash, loginsMax];
    return (await this.#call({ method: 'addLogin', args })) as string[] | undefined;
  }

  async useLogin(use: LoginUse): Promise<void> {
    await this.#call({ method: 'useLogin', args: [use] });
  }

  async endLogins(
    person: string,
    which: { readonly id: string } | { readonly except: string },
  ): Promise<readonly string[]> {
    return (await this.#call({ method: 'endLogins', args: [person, which] })) as string[];
  }

  /** All by the thread that writes, so that each sees what those before it have changed. */
  async #call(call: AccountCall): Promise<unknown> {
    return await this.#threads.write({ kind: 'accounts', call });
  }
}
