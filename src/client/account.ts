import type { Identity } from './identity.js';
import type { LoginInfo, Requests } from './requests.js';

/**
 * What a client can do about the account of its person. All of it rejects with `ChatError` when it is
 * refused, and with `ConnectionError` when there is no connection, or it is lost before the answer
 * has come; then it may be done all the same.
 */
export class ClientAccount {
  readonly #requests: Requests;
  readonly #identity: Identity;

  constructor(requests: Requests, identity: Identity) {
    this.#requests = requests;
    this.#identity = identity;
  }

  /** Names the log-in that this client belongs to; empty for a guest. No secret. */
  get loginId(): string {
    return this.#identity.loginId;
  }

  /**
   * Gets the person an account: with this password, and with the name that the client has, or
   * another one, which stays from then on. Afterwards the client is logged in; other clients of
   * the same person are logged out.
   *
   * Rejects among others with NAME_IN_USE, BAD_PASSWORD and NOT_CONFIDENTIAL.
   */
  async register(password: string, { name = '' }: { readonly name?: string } = {}): Promise<void> {
    await this.#requests.register(name, password);
  }

  /** Changes the password, and ends all other log-ins. Rejects with LOGIN_FAILED for a wrong one. */
  async changePassword(before: string, password: string): Promise<void> {
    await this.#requests.changePassword(before, password);
  }

  /** Where the account is logged in, those that were used last first. */
  async logins(): Promise<readonly LoginInfo[]> {
    return await this.#requests.logins();
  }

  /**
   * Ends a log-in, and its sessions; without a name, all but that of this client. Settles with how
   * many have ended.
   */
  async endLogin(loginId = ''): Promise<number> {
    return await this.#requests.endLogin(loginId);
  }
}
