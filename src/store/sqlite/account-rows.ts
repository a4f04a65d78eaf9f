import type { AccountRecord, AccountStore, LoginRecord, LoginUse } from '../../core/ports.js';
import type { Sqlite } from './database-file.js';

/** What is asked of accounts, as a message between threads. */
export type AccountCall = {
  readonly [Method in keyof AccountStore]: {
    readonly method: Method;
    readonly args: Parameters<AccountStore[Method]>;
  };
}[keyof AccountStore];

/** The methods of an `AccountStore`, at once. */
type Rows = {
  [Method in keyof AccountStore]: (
    ...args: Parameters<AccountStore[Method]>
  ) => Awaited<ReturnType<AccountStore[Method]>>;
};

/** Changes nothing, and may be asked at any time. */
const reads: ReadonlySet<keyof AccountStore> = new Set(['account', 'accounts', 'login', 'logins']);

export function isRead({ method }: AccountCall): boolean {
  return reads.has(method);
}

const accountColumns = 'person, name, password_hash AS passwordHash, created_at_ms AS createdAtMs';
const loginColumns =
  'id, person, token_hash AS tokenHash, device, client, address, ' +
  'began_at_ms AS beganAtMs, used_at_ms AS usedAtMs';
const lastUsedFirst = 'ORDER BY used_at_ms DESC, began_at_ms DESC';

/** The tables `accounts` and `logins`; who calls what changes them does so in a transaction. */
export class AccountRows implements Rows {
  readonly #sqlite: Sqlite;

  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
  }

  perform({ method, args }: AccountCall): unknown {
    // The type of a call ties its method to its arguments, which TypeScript cannot follow here.
    return (this[method] as (...args: unknown[]) => unknown)(...args);
  }

  account(person: string): AccountRecord | undefined {
    return this.#sqlite
      .prepare<[string], AccountRecord>(`SELECT ${accountColumns} FROM accounts WHERE person = ?`)
      .get(person);
  }

  accounts(after: string, accountsMax: number): readonly AccountRecord[] {
    return this.#sqlite
      .prepare<[string, number], AccountRecord>(
        `SELECT ${accountColumns} FROM accounts WHERE name > ? ORDER BY name LIMIT ?`,
      )
      .all(after, accountsMax);
  }

  addAccount(
    { person, name, passwordHash, createdAtMs }: AccountRecord,
    login: LoginRecord | undefined,
  ): boolean {
    const { changes } = this.#sqlite
      .prepare('INSERT INTO accounts VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
      .run(person, name, passwordHash, createdAtMs);
    if (changes === 0) return false;
    // It is held by the account from now on.
    this.#sqlite.prepare('DELETE FROM names WHERE person = ?').run(person);
    if (login !== undefined) this.#insert(login);
    return true;
  }

  replaceHash(person: string, before: string, after: string): void {
    this.#replaceHash(person, before, after);
  }

  changePassword(
    person: string,
    before: string | undefined,
    after: string,
    login: LoginRecord | undefined,
  ): readonly string[] | undefined {
    if (!this.#replaceHash(person, before, after)) return undefined;
    const ended = this.endLogins(person, { except: '' });
    if (login !== undefined) this.#insert(login);
    return ended;
  }

  /** Returns whether that was its hash. */
  #replaceHash(person: string, before: string | undefined, after: string): boolean {
    const { changes } = this.#sqlite
      .prepare(
        'UPDATE accounts SET password_hash = ? WHERE person = ? AND password_hash = ifnull(?, password_hash)',
      )
      .run(after, person, before ?? null);
    return changes > 0;
  }

  login(tokenHash: Uint8Array): LoginRecord | undefined {
    return this.#sqlite
      .prepare<[Uint8Array], LoginRecord>(`SELECT ${loginColumns} FROM logins WHERE token_hash = ?`)
      .get(tokenHash);
  }

  logins(person: string): readonly LoginRecord[] {
    return this.#sqlite
      .prepare<[string], LoginRecord>(
        `SELECT ${loginColumns} FROM logins WHERE person = ? ${lastUsedFirst}`,
      )
      .all(person);
  }

  addLogin(
    login: LoginRecord,
    passwordHash: string,
    loginsMax: number,
  ): readonly string[] | undefined {
    if (this.account(login.person)?.passwordHash !== passwordHash) return undefined;
    this.#insert(login);
    return this.#sqlite
      .prepare<[string, number], string>(
        `DELETE FROM logins WHERE id IN (
          SELECT id FROM logins WHERE person = ? ${lastUsedFirst} LIMIT -1 OFFSET ?
        ) RETURNING id`,
      )
      .pluck()
      .all(login.person, loginsMax);
  }

  useLogin({ id, client, address, usedAtMs }: LoginUse): void {
    this.#sqlite
      .prepare('UPDATE logins SET client = ?, address = ?, used_at_ms = ? WHERE id = ?')
      .run(client, address, usedAtMs, id);
  }

  endLogins(
    person: string,
    which: { readonly id: string } | { readonly except: string },
  ): readonly string[] {
    const [comparison, id] = 'id' in which ? ['=', which.id] : ['<>', which.except];
    return this.#sqlite
      .prepare<[string, string], string>(
        `DELETE FROM logins WHERE person = ? AND id ${comparison} ? RETURNING id`,
      )
      .pluck()
      .all(person, id);
  }

  #insert(login: LoginRecord): void {
    const { id, person, tokenHash, device, client, address, beganAtMs, usedAtMs } = login;
    this.#sqlite
      .prepare('INSERT INTO logins VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(id, person, tokenHash, device, client, address, beganAtMs, usedAtMs);
  }
}
