import { createHash, randomBytes } from 'node:crypto';
import type {
  AccountRecord,
  AccountStore,
  Accounts,
  Authenticated,
  Authenticator,
  Credential,
  Identity,
  LoginFacts,
  LoginRecord,
} from '../core/ports.js';
import type { JwtLogins } from './jwt.js';
import type { Passwords } from './passwords.js';
import type { HmacTokens } from './token.js';

/** Tokens of log-ins begin with this; those of guests cannot (chat.proto 6.7). */
const loginPrefix = 'login-';

const tokenBytes = 32;
const loginIdBytes = 9;

/** No person has this id. */
const nobody = '';

const dayMs = 24 * 3_600_000;

/** A token that was not used for so long is of no use any more. */
const unusedMaxMs = 30 * dayMs;

/** That it was used is written so often at most. */
const noticedUseMs = 3_600_000;

/** So many log-ins an account has at most; another one ends the one that was used longest ago. */
const loginsMax = 50;

const wrong: Authenticated = {
  kind: 'refused',
  sentence: 'the name and the password do not match',
};

/** What accounts need. */
export interface AccountParts {
  readonly store: AccountStore;
  readonly passwords: Passwords;
  /** For everybody else. */
  readonly guests: HmacTokens;
  /** For those who come with the log-in of an application; undefined where nobody does. */
  readonly jwt?: JwtLogins | undefined;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

/**
 * Knows people by the passwords of their accounts, and by the tokens of their log-ins: 256 random
 * bits, of which only the hash is stored. Everybody else is a guest, whom `HmacTokens` knows.
 */
export class StoredAccounts implements Authenticator, Accounts {
  readonly #parts: AccountParts;
  /** It changes when settings are read again. */
  jwt: JwtLogins | undefined;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.jwt = parts.jwt;
  }

  issue(identity: Identity): string {
    return this.#parts.guests.issue(identity);
  }

  isSecret(credential: Credential): boolean {
    return ['password', 'jwt'].includes(credential.kind) || isLoginToken(credential);
  }

  async authenticate(credential: Credential, facts: LoginFacts): Promise<Authenticated> {
    if (credential.kind === 'password') return await this.#byPassword(credential, facts);
    if (credential.kind === 'jwt') return await this.#byJwt(credential.jwt);
    if (isLoginToken(credential)) return await this.#byToken(credential.token, facts);
    const guest = this.#parts.guests.authenticate(credential);
    if (guest.kind !== 'known') return guest;
    // A guest who has got an account since proves that with it.
    const account = await this.#parts.store.account(guest.identity.person);
    if (account === undefined) return guest;
    return { kind: 'refused', sentence: `${account.name} has an account now: log in` };
  }

  async register(
    { person, name }: Identity,
    password: string,
    facts: LoginFacts,
  ): Promise<Required<Identity> | undefined> {
    const { store, passwords, wallMs } = this.#parts;
    if ((await store.account(person)) !== undefined) return undefined;
    const passwordHash = await passwords.hash(password, facts.address);
    const { record, login } = this.#newLogin(person, facts);
    const account = { person, name, passwordHash, createdAtMs: wallMs() };
    if (!(await store.addAccount(account, record))) return undefined;
    return { person, name, login };
  }

  async changePassword(
    person: string,
    before: string,
    password: string,
    facts: LoginFacts,
  ): Promise<{ identity: Required<Identity>; ended: readonly string[] } | undefined> {
    const { store, passwords } = this.#parts;
    const account = await store.account(person);
    if (
      !(await passwords.verify(before, account?.passwordHash, facts.address)) ||
      account === undefined
    ) {
      return undefined;
    }
    const passwordHash = await passwords.hash(password, facts.address);
    const { record, login } = this.#newLogin(person, facts);
    const { name, passwordHash: earlier } = account;
    const ended = await store.changePassword(person, earlier, passwordHash, record);
    return ended && { identity: { person, name, login }, ended };
  }

  async create({ person, name }: Identity, password: string, address: string): Promise<boolean> {
    const { store, passwords, wallMs } = this.#parts;
    const passwordHash = await passwords.hash(password, address);
    return await store.addAccount({ person, name, passwordHash, createdAtMs: wallMs() }, undefined);
  }

  async list(after: string, accountsMax: number): Promise<readonly AccountRecord[]> {
    return await this.#parts.store.accounts(after, accountsMax);
  }

  async reset(
    person: string,
    password: string | undefined,
    address: string,
  ): Promise<readonly string[] | undefined> {
    const { store, passwords } = this.#parts;
    if ((await store.account(person)) === undefined) return undefined;
    const hash = password === undefined ? '' : await passwords.hash(password, address);
    return await store.changePassword(person, undefined, hash, undefined);
  }

  async logins(person: string): Promise<readonly LoginRecord[]> {
    const logins = await this.#parts.store.logins(person);
    return logins.filter((login) => !this.#isOver(login));
  }

  async endLogins(
    person: string,
    which: { readonly id: string } | { readonly except: string },
  ): Promise<readonly string[]> {
    return await this.#parts.store.endLogins(person, which);
  }

  async #byPassword(
    { person, password }: Extract<Credential, { kind: 'password' }>,
    facts: LoginFacts,
  ): Promise<Authenticated> {
    const { store, passwords } = this.#parts;
    const account = await store.account(person ?? nobody);
    const isRight = await passwords.verify(password, account?.passwordHash, facts.address);
    if (!isRight || account === undefined) return wrong;
    // Without a device of its own it is one, so that it takes nobody's place.
    const device = facts.device || randomBytes(loginIdBytes).toString('base64url');
    const { record, login } = this.#newLogin(account.person, { ...facts, device });
    const { passwordHash } = account;
    // It may have been changed while it was looked at.
    const ended = await store.addLogin(record, passwordHash, loginsMax);
    if (ended === undefined) return wrong;
    if (passwords.isOutdated(passwordHash)) {
      const hash = await passwords.hash(password, facts.address);
      await store.replaceHash(account.person, passwordHash, hash);
    }
    const { person: id, name } = account;
    return { kind: 'known', identity: { person: id, name, login }, ended };
  }

  async #byJwt(jwt: string): Promise<Authenticated> {
    if (this.jwt !== undefined) return await this.jwt.authenticate(jwt);
    return { kind: 'unsupported', sentence: 'this server takes no tokens of other log-ins' };
  }

  async #byToken(token: string, facts: LoginFacts): Promise<Authenticated> {
    const { store, wallMs } = this.#parts;
    const login = await store.login(hashOf(token));
    const account = login && (await store.account(login.person));
    if (login === undefined || !account?.passwordHash || this.#isOver(login)) {
      return { kind: 'refused', sentence: 'this log-in has ended: log in again' };
    }
    const { client, address } = facts;
    const isSame = login.client === client && login.address === address;
    const usedAtMs = wallMs();
    if (!isSame || usedAtMs - login.usedAtMs > noticedUseMs) {
      await store.useLogin({ id: login.id, client, address, usedAtMs });
    }
    const { id, device } = login;
    const { person, name } = account;
    return { kind: 'known', identity: { person, name, login: { id, device, token } } };
  }

  #isOver({ usedAtMs }: LoginRecord): boolean {
    return this.#parts.wallMs() - usedAtMs > unusedMaxMs;
  }

  #newLogin(
    person: string,
    { device, client, address }: LoginFacts,
  ): { record: LoginRecord; login: NonNullable<Identity['login']> } {
    const token = loginPrefix + randomBytes(tokenBytes).toString('base64url');
    const id = randomBytes(loginIdBytes).toString('base64url');
    const beganAtMs = this.#parts.wallMs();
    const facts = { id, person, device, client, address, beganAtMs, usedAtMs: beganAtMs };
    return { record: { ...facts, tokenHash: hashOf(token) }, login: { id, device, token } };
  }
}

function isLoginToken(credential: Credential): credential is { kind: 'token'; token: string } {
  return credential.kind === 'token' && credential.token.startsWith(loginPrefix);
}

function hashOf(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}
