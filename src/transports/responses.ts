import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What is known of a connection. */
interface Conversation {
  /** In the order of the requests, which is that of the answers. */
  readonly open: Set<ServerResponse>;
  /** What is done when nothing is open any more; then nothing more is answered. */
  end: (() => void) | undefined;
}

/** The answers that are not finished, by their connection: requests may come faster. */
export class Responses {
  readonly #conversations = new WeakMap<Socket, Conversation>();

  add(socket: Socket, response: ServerResponse): void {
    const conversation = this.#of(socket);
    conversation.open.add(response);
    response.once('close', () => {
      conversation.open.delete(response);
      if (conversation.open.size === 0) conversation.end?.();
    });
  }

  openOn(socket: Socket): number {
    return this.#conversations.get(socket)?.open.size ?? 0;
  }

  /** Whether the end of the connection has been decided. */
  isEnding(socket: Socket): boolean {
    return this.#conversations.get(socket)?.end !== undefined;
  }

  /**
   * Calls back, to end the connection, when all that was asked has been answered: at once, if
   * nothing is open. The first to say how it ends decides.
   */
  endWith(socket: Socket, end: () => void): void {
    const conversation = this.#of(socket);
    if (conversation.end !== undefined) return;
    conversation.end = end;
    if (conversation.open.size === 0) end();
  }

  #of(socket: Socket): Conversation {
    const known = this.#conversations.get(socket);
    if (known !== undefined) return known;
    const conversation: Conversation = { open: new Set(), end: undefined };
    this.#conversations.set(socket, conversation);
    return conversation;
  }
}
