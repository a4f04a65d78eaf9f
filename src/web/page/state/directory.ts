import { signal } from '@preact/signals';
import type { ChatClient, ListedRoom } from '../../../client/index.js';
import { problemOf } from '../../model/sentences.js';

/** How many rooms are listed at once. */
const pageRooms = 50;

/** The list of the server's rooms, as far as it was asked for. */
export class Directory {
  readonly prefix = signal('');
  /** Undefined until the first answer. */
  readonly rooms = signal<readonly ListedRoom[] | undefined>(undefined);
  readonly hasMore = signal(false);
  readonly problem = signal('');
  readonly #client: ChatClient;
  /** Counts the questions; an answer to an earlier one is of no interest. */
  #questions = 0;

  constructor(client: ChatClient) {
    this.#client = client;
  }

  /** Lists the rooms whose names begin so. */
  async list(prefix: string): Promise<void> {
    this.prefix.value = prefix;
    await this.#ask([]);
  }

  /** Lists those that follow, too. */
  async more(): Promise<void> {
    await this.#ask(this.rooms.value ?? []);
  }

  async #ask(before: readonly ListedRoom[]): Promise<void> {
    this.#questions += 1;
    const question = this.#questions;
    const prefix = this.prefix.value;
    const after = before.at(-1)?.name ?? '';
    try {
      const { rooms, end } = await this.#client.listRooms({ prefix, after, limit: pageRooms });
      if (question !== this.#questions) return;
      this.rooms.value = [...before, ...rooms];
      this.hasMore.value = !end;
      this.problem.value = '';
    } catch (error) {
      if (question === this.#questions) this.problem.value = problemOf(error);
    }
  }
}
