import { expect } from 'chai';
import { MessageType } from '../../src/protocol/messages.js';
import type { RawClient } from './raw-client.js';
import type { TestServer } from './server.js';

/**
 * A full and a bare session that chat while somebody else misbehaves. What they get is
 * compared to the last message: nothing may be missing and nothing may come in between.
 */
export class Bystanders {
  readonly #full: RawClient;
  readonly #bare: RawClient;
  #seq = 0;

  private constructor(full: RawClient, bare: RawClient) {
    this.#full = full;
    this.#bare = bare;
  }

  /** They enter a room in which nobody has said anything, and chat. */
  static async join(server: TestServer): Promise<Bystanders> {
    const bystanders = new Bystanders(await server.full('bystander'), await server.bare());
    await bystanders.chat();
    return bystanders;
  }

  /** Both say something, both hear both. */
  async chat(): Promise<void> {
    this.#full.broadcast('how are you?');
    await this.hear('how are you?', this.#full.name);
    this.#bare.broadcast('fine');
    await this.hear('fine');
    await this.#full.roundTrip();
    await this.#bare.roundTrip();
  }

  /** The next thing that both get is this broadcast. */
  async hear(content: string, sender?: string): Promise<void> {
    this.#seq += 1;
    const message = await this.#full.next();
    expect(message).to.include({ content, type: MessageType.BROADCAST, seq: this.#seq });
    if (sender !== undefined) expect(message.sender).to.equal(sender);
    expect(await this.#bare.next()).to.include({
      content: `(broadcast)${content}`,
      type: MessageType.BROADCAST,
    });
  }

  /** Both get answers, so the server has had a turn and has read what arrived before. */
  async roundTrip(): Promise<void> {
    await Promise.all([this.#full.roundTrip(), this.#bare.roundTrip()]);
  }
}
