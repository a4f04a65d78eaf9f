import { randomHex, type ClientEnvironment } from './environment.js';

/** Makes the ids of a client's messages and requests, which come nowhere else. */
export class Ids {
  readonly #prefix: string;
  #messagesEver = 0;
  #requestsEver = 0;

  constructor(environment: ClientEnvironment) {
    this.#prefix = randomHex(environment);
  }

  /** That of a message or a change: the given one, or a new one. */
  message({ id = '' }: { readonly id?: string }): string {
    if (id !== '') return id.toWellFormed();
    this.#messagesEver += 1;
    return `${this.#prefix}-${this.#messagesEver}`;
  }

  /** That of a request. Not in the form of a message's, as a refusal names either by its id alone. */
  request(): string {
    this.#requestsEver += 1;
    return `${this.#prefix}:${this.#requestsEver}`;
  }
}
