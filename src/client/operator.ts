import type { Account, SessionInfo } from '../protocol/messages.js';
import { ConnectionError } from './errors.js';
import type { OperatorAction, OperatorResult, Requests } from './requests.js';

/**
 * What somebody can do who runs the server; see OperatorRequest in chat.proto. All of it rejects with
 * `ChatError` when it is refused, and with `ConnectionError` when there is no connection, or it is
 * lost before the answer has come; then it may be done all the same.
 */
export class ClientOperator {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  async addAccount(name: string, password: string): Promise<void> {
    await this.#ask({ $case: 'addAccount', addAccount: { name, password } }, 'done');
  }

  /** Gives an account another password; settles with how many sessions that has ended. */
  async setPassword(name: string, password: string): Promise<number> {
    const { done } = await this.#ask(
      { $case: 'setPassword', setPassword: { name, password } },
      'done',
    );
    return done.sessionsEnded;
  }

  /** Settles with how many sessions that has ended. */
  async removeAccount(name: string): Promise<number> {
    const { done } = await this.#ask({ $case: 'removeAccount', removeAccount: { name } }, 'done');
    return done.sessionsEnded;
  }

  /** All accounts, page by page, in the order of their names. */
  async *accounts(): AsyncGenerator<Account> {
    for (let after = ''; ;) {
      const { accountList } = await this.#ask(
        { $case: 'listAccounts', listAccounts: { after } },
        'accountList',
      );
      yield* accountList.accounts;
      if (accountList.end || accountList.accounts.length === 0) return;
      after = accountList.accounts.at(-1)!.name;
    }
  }

  /** All sessions, page by page, in the order in which they were opened. */
  async *sessions(): AsyncGenerator<SessionInfo> {
    for (let after = ''; ;) {
      const { sessionList } = await this.#ask(
        { $case: 'listSessions', listSessions: { after } },
        'sessionList',
      );
      yield* sessionList.sessions;
      if (sessionList.end || sessionList.sessions.length === 0) return;
      after = sessionList.sessions.at(-1)!.sessionId;
    }
  }

  async endSession(sessionId: string): Promise<void> {
    await this.#ask({ $case: 'endSession', endSession: { sessionId } }, 'done');
  }

  async #ask<Case extends OperatorResult['$case']>(
    action: OperatorAction,
    expected: Case,
  ): Promise<Extract<OperatorResult, { $case: Case }>> {
    const result = await this.#requests.operate(action);
    if (result.$case === expected) return result as Extract<OperatorResult, { $case: Case }>;
    throw new ConnectionError('lost', 'the peer is not a tcp-chat server');
  }
}
