import { MessageType, type ChatMessage } from '../../../src/protocol/messages.js';
import { LightSession, many, type Target } from './light-session.js';

/** What is in a room before an attack begins. */
export interface History {
  readonly messages: number;
  /** Of the content of each. */
  readonly bytes: number;
}

/** One session may send so many at once without being slowed down, by default. */
const burst = 700;

/** Settles when the room holds so many messages. */
export async function fillRoom(target: Target, room: string, history: History): Promise<void> {
  const { messages, bytes } = history;
  const authors = Math.ceil(messages / burst);
  await many(authors, async (author) => {
    using session = await LightSession.full(target);
    await session.join(room);
    const count = Math.min(burst, messages - author * burst);
    const content = `history ${author} `.padEnd(bytes, '.');
    const texts: Partial<ChatMessage>[] = Array.from({ length: count }, (_, index) => ({
      content,
      type: MessageType.BROADCAST,
      room,
      id: index === count - 1 ? 'last' : '',
    }));
    const acked = session.until('ack');
    session.send(...texts);
    await acked;
  });
}
