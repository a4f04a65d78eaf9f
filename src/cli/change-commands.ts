import type { ChatClient } from '../client/client.js';

/** How many of one's own messages in a room can be taken for the last one, if others are removed. */
const rememberedMax = 100;

/** The numbers of one's own messages, so that the last one need not be looked up. */
export class OwnMessages {
  readonly #seqs = new Map<string, number[]>();

  constructor(client: ChatClient) {
    client.on('delivery', ({ state, room, ack }) => {
      if (state !== 'sent' || ack === undefined || ack.seq === 0) return;
      const seqs = this.#seqs.get(room) ?? [];
      seqs.push(ack.seq);
      if (seqs.length > rememberedMax) seqs.shift();
      this.#seqs.set(room, seqs);
    });
    client.on('removed', ({ room, seq }) => {
      const seqs = this.#seqs.get(room) ?? [];
      this.#seqs.set(
        room,
        seqs.filter((one) => one !== seq),
      );
    });
  }

  /** The last one in a room that was not removed; undefined for none. */
  last(room: string): number | undefined {
    return this.#seqs.get(room)?.at(-1);
  }
}

/** What changes are made in. */
export interface ChangeContext {
  readonly client: ChatClient;
  readonly ownMessages: OwnMessages;
  readonly room: string;
  notice(sentence: string): void;
}

/** `/edit [#N] TEXT`. */
export async function edit(context: ChangeContext, argument: string): Promise<void> {
  const { seq, rest } = target(context, argument);
  if (rest === '') context.notice('usage: /edit [#N] TEXT');
  else if (seq === undefined)
    context.notice('there is no message of yours to edit; give its number as #N');
  else await context.client.edit(context.room, seq, rest);
}

/** `/delete [#N]`. */
export async function remove(context: ChangeContext, argument: string): Promise<void> {
  const { seq, rest } = target(context, argument);
  if (rest !== '') context.notice('usage: /delete [#N]');
  else if (seq === undefined)
    context.notice('there is no message of yours to delete; give its number as #N');
  else await context.client.remove(context.room, seq);
}

/** `/topic [TEXT]`; a hyphen alone takes it away. */
export async function topic(context: ChangeContext, argument: string): Promise<void> {
  const { client, room } = context;
  if (argument !== '') {
    await client.setTopic(room, argument === '-' ? '' : argument);
    return;
  }
  const current = client.rooms.find((one) => one.room === room)?.topic ?? '';
  context.notice(current === '' ? `${room} has no topic` : `topic of ${room}: ${current}`);
}

/** Which message is meant: `#12 text`, or the last one of one's own here. */
function target(
  { ownMessages, room }: ChangeContext,
  argument: string,
): { seq: number | undefined; rest: string } {
  const match = /^#(\d{1,15})(?:\s+|$)/.exec(argument);
  if (match === null) return { seq: ownMessages.last(room), rest: argument };
  return { seq: Number(match[1]), rest: argument.slice(match[0].length) };
}
