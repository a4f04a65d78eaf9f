import type { ChatClient } from '../client/client.js';
import type { RoomGap } from '../client/events.js';
import { GapReason } from '../protocol/messages.js';
import { counted } from './format.js';

/**
 * Says what people should know of a connection and its rooms, a sentence at a time;
 * what others wrote in it is not made safe yet.
 */
export function tellNotices(client: ChatClient, notice: (sentence: string) => void): void {
  client.on('gap', (gap) => notice(gapSentence(gap)));
  client.on('throttled', (rate) =>
    notice(`you are sending too fast; the server reads ${counted(rate, 'message')} per second`),
  );
  client.on('refused', (error) => notice(`refused: ${error.message}`));
  client.on('renamed', (name, before) => notice(`you are ${name} now, not ${before}`));
  client.on('edited', ({ room, seq, sender, content }) =>
    notice(`${sender} edited #${seq} in ${room}: ${content}`),
  );
  client.on('removed', ({ room, seq, sender }) => notice(`${sender} removed #${seq} in ${room}`));
  const topics = new Map<string, string>();
  client.on('topic', ({ room, sender, topic }) => {
    topics.set(room, topic);
    notice(`${sender} set the topic of ${room}: ${topic === '' ? '(none)' : topic}`);
  });
  client.on('joined', ({ room, topic }) => {
    const isKnown = (topics.get(room) ?? '') === topic;
    topics.set(room, topic);
    if (!isKnown) notice(`topic of ${room}: ${topic === '' ? '(none)' : topic}`);
  });
  client.on('left', (room) => notice(`left ${room}`));
  client.on('state', (state) => {
    if (state.kind === 'open') notice('connected again');
    if (state.kind !== 'waiting') return;
    const seconds = Number((state.delayMs / 1000).toPrecision(2));
    const problem = state.attempt === 1 ? 'connection lost' : 'still no connection';
    notice(`${problem}, trying again in ${seconds} s (${state.reason})`);
  });
}

function gapSentence({ room, fromSeq, toSeq, reason }: RoomGap): string {
  const missing = Math.max(0, toSeq - fromSeq + 1);
  if (reason === GapReason.GAP_REASON_DAMAGED) {
    return `gap: ${counted(missing, 'message')} of ${room} cannot be read (damaged on the server)`;
  }
  if (reason !== GapReason.GAP_REASON_EPOCH) return `gap: ${counted(missing, 'message')} expired`;
  const rest = missing > 0 ? `, and ${counted(missing, 'message')} expired` : '';
  return `gap: the numbering of ${room} has started anew${rest}`;
}
