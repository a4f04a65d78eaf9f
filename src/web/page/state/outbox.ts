import { effect, signal, type ReadonlySignal } from '@preact/signals';
import { MessageType, type ChatClient, type ChatMessage } from '../../../client/index.js';
import {
  fromAnotherPerson,
  unconfirmed,
  withDelivery,
  withoutOwn,
  withoutSeen,
  withOwn,
  type OwnMessage,
} from '../../model/own-messages.js';
import { problemOf } from '../../model/sentences.js';
import { randomId } from './random-id.js';
import type { Tab } from './tab.js';

/** The own messages that are not in their room's log yet: pending, sent, or failed. */
export class Outbox {
  readonly #client: ChatClient;
  readonly #messages = signal<readonly OwnMessage[]>([]);
  readonly #echoed: (own: OwnMessage) => void;
  readonly #stopKeeping: () => void;
  /** Up to where each room's log was seen. */
  readonly #seenSeqs = new Map<string, number>();
  /** All that was sent from this page. */
  readonly #sentIds = new Set<string>();

  /** Begins with what was sent from this tab before, and sends again what was not confirmed. */
  constructor(
    client: ChatClient,
    { device, kept }: Tab,
    person: string,
    echoed: (own: OwnMessage) => void,
  ) {
    this.#client = client;
    this.#echoed = echoed;
    const { person: sender, messages } = kept.read();
    const before = sender === person ? messages : fromAnotherPerson(messages);
    this.#messages.value = before;
    this.#stopKeeping = effect(() => {
      kept.write({ device, person, messages: unconfirmed(this.#messages.value) });
    });
    for (const own of before) if (own.delivery.state === 'pending') void this.#send(own);
  }

  /** Keeps nothing from here on: what becomes of these is another page's business. */
  stopKeeping(): void {
    this.#stopKeeping();
  }

  get messages(): ReadonlySignal<readonly OwnMessage[]> {
    return this.#messages;
  }

  /** Whether a message of that id was sent from here, in this visit. */
  hasSent(id: string): boolean {
    return this.#sentIds.has(id);
  }

  /** Sends a text that was written in a room. */
  send(room: string, content: string, kind: OwnMessage['kind']): void {
    void this.#send({
      id: randomId(),
      room,
      kind,
      content,
      at: new Date(),
      delivery: { state: 'pending' },
    });
  }

  /** Sends a message again that has failed; under its own id, so that it is there once. */
  sendAgain(own: OwnMessage): void {
    void this.#send({ ...own, at: new Date(), delivery: { state: 'pending' } });
  }

  /** Gives a message up that has failed. */
  discard(own: OwnMessage): void {
    this.#messages.value = withoutOwn(this.#messages.value, own.id);
  }

  /** An own message is in its room; perhaps it is one of these. */
  seen({ id, room, seq }: ChatMessage): void {
    this.#messages.value = withoutOwn(this.#messages.value, id);
    this.passed(room, seq);
  }

  /** A room's log was seen up to there: what is stored before that is there, or was removed. */
  passed(room: string, seq: number): void {
    this.#seenSeqs.set(room, Math.max(seq, this.#seenSeqs.get(room) ?? 0));
    this.#messages.value = withoutSeen(this.#messages.value, room, seq);
  }

  /** The room's log is not seen any more: what is stored there is nothing to wait for. */
  left(room: string): void {
    this.#seenSeqs.set(room, Infinity);
    this.#messages.value = withoutSeen(this.#messages.value, room, Infinity);
  }

  entered(room: string): void {
    this.#seenSeqs.delete(room);
  }

  async #send(own: OwnMessage): Promise<void> {
    const { id, room, kind, content } = own;
    this.#sentIds.add(id);
    this.#messages.value = withOwn(this.#messages.value, own);
    const type = kind === 'echo' ? MessageType.ECHO : MessageType.BROADCAST;
    try {
      const { seq } = await this.#client.send(content, { id, room, type });
      if (kind === 'echo') {
        this.#messages.value = withoutOwn(this.#messages.value, id);
        this.#echoed(own);
      } else if (seq <= (this.#seenSeqs.get(room) ?? 0)) {
        this.#messages.value = withoutOwn(this.#messages.value, id);
      } else {
        this.#messages.value = withDelivery(this.#messages.value, id, { state: 'sent', seq });
      }
    } catch (error) {
      const failed = { state: 'failed', problem: problemOf(error) } as const;
      this.#messages.value = withDelivery(this.#messages.value, id, failed);
    }
  }
}
