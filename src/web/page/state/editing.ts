import { signal } from '@preact/signals';
import type { ChatClient, ChatMessage } from '../../../client/index.js';

/** What somebody is doing with one of their messages. */
export interface EditedNow {
  readonly kind: 'edit' | 'remove';
  readonly room: string;
  readonly seq: number;
}

/** The own message that is being edited, or about to be removed; one at a time. */
export class Editing {
  readonly now = signal<EditedNow | undefined>(undefined);
  readonly #client: ChatClient;

  constructor(client: ChatClient) {
    this.#client = client;
  }

  /** What is being done with a message; undefined for nothing. */
  of({ room, seq }: ChatMessage): EditedNow['kind'] | undefined {
    const { value: now } = this.now;
    return now?.room === room && now.seq === seq ? now.kind : undefined;
  }

  begin(kind: EditedNow['kind'], { room, seq }: ChatMessage): void {
    this.now.value = { kind, room, seq };
  }

  end(): void {
    this.now.value = undefined;
  }

  /** Gives the message that text. Rejects when the server refuses it; then it goes on. */
  async save({ room, seq, content }: ChatMessage, text: string): Promise<void> {
    const { value: before } = this.now;
    if (text !== content) await this.#client.edit(room, seq, text);
    if (this.now.value === before) this.end();
  }

  /** Removes the message. Rejects when the server refuses that. */
  async remove({ room, seq }: ChatMessage): Promise<void> {
    const { value: before } = this.now;
    await this.#client.remove(room, seq);
    if (this.now.value === before) this.end();
  }
}
