import type { ChatMessage } from '../../src/protocol/messages.js';
import type { RawClient } from './raw-client.js';
import type { Ack } from './rooms.js';

/** The next two things are an ack and the message that it is about. */
export async function ackAndDelivery(client: RawClient): Promise<[Ack, ChatMessage]> {
  const messages = await client.nextMany(2);
  const delivered = messages.find(({ control }) => control === undefined);
  const control = messages.find((message) => message !== delivered)?.control;
  if (delivered === undefined || control?.$case !== 'ack') {
    throw new Error(`an ack and a message were expected, not ${JSON.stringify(messages)}`);
  }
  return [control.ack, delivered];
}

/** The next thing is an ack. */
export async function nextAck(client: RawClient): Promise<Ack> {
  return (await client.nextControl('ack')).ack;
}

/** The next acks, whatever else arrives among them. */
export async function nextAcks(client: RawClient, count: number): Promise<Ack[]> {
  const acks: Ack[] = [];
  while (acks.length < count) acks.push((await client.untilControl('ack')).ack);
  return acks;
}
