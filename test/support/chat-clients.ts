import { expect } from 'chai';
import type { ChatClient, ChatMessage, ClientEvents } from '../../src/index.js';

/** The arguments of the next event of that kind, the first that fits. */
export async function nextEvent<Name extends keyof ClientEvents>(
  client: ChatClient,
  name: Name,
  fits: (...args: ClientEvents[Name]) => boolean = () => true,
): Promise<ClientEvents[Name]> {
  return await new Promise((resolve) => {
    const stop = client.on(name, (...args) => {
      if (!fits(...args)) return;
      stop();
      resolve(args);
    });
  });
}

/** All events of that kind from now on, as they come. */
export function allEvents<Name extends keyof ClientEvents>(
  client: ChatClient,
  name: Name,
): Array<ClientEvents[Name][0]> {
  const events: Array<ClientEvents[Name][0]> = [];
  client.on(name, (...args) => events.push(args[0]));
  return events;
}

/** The next `count` messages of a client. */
export async function nextMessages(
  messages: AsyncIterable<ChatMessage>,
  count: number,
): Promise<ChatMessage[]> {
  const taken: ChatMessage[] = [];
  for await (const message of messages) {
    taken.push(message);
    if (taken.length === count) break;
  }
  return taken;
}

/** The error with which it rejects. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  return await promise.then(
    () => expect.fail('it was expected to reject'),
    (error: Error) => error,
  );
}

/** Has a client try again at once after each loss. */
export function reconnectAtOnce(client: ChatClient): void {
  client.on('state', ({ kind }) => {
    if (kind === 'waiting') client.reconnect();
  });
}
