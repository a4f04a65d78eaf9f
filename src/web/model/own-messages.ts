/** What somebody sends from this page, until it is seen in its room's log. */
export interface OwnMessage {
  /** The same when it is sent again, so that it arrives once. */
  readonly id: string;
  /** Where it was written; an echo as well. */
  readonly room: string;
  readonly kind: 'echo' | 'broadcast';
  readonly content: string;
  readonly at: Date;
  readonly delivery: OwnDelivery;
}

/** How far an own message has come. */
export type OwnDelivery =
  | { readonly state: 'pending' }
  /** Stored under that number, but not yet seen there. */
  | { readonly state: 'sent'; readonly seq: number }
  | { readonly state: 'failed'; readonly problem: string };

/** With a message, in place of the one that has its id already. */
export function withOwn(all: readonly OwnMessage[], own: OwnMessage): readonly OwnMessage[] {
  return [...withoutOwn(all, own.id), own];
}

/** Without the message of that id. */
export function withoutOwn(all: readonly OwnMessage[], id: string): readonly OwnMessage[] {
  return all.some((one) => one.id === id) ? all.filter((one) => one.id !== id) : all;
}

/** With what has become of a message, if it is still there. */
export function withDelivery(
  all: readonly OwnMessage[],
  id: string,
  delivery: OwnDelivery,
): readonly OwnMessage[] {
  return all.map((own) => (own.id === id ? { ...own, delivery } : own));
}

/** Without those that a room's log, which was seen up to there, shows by itself. */
export function withoutSeen(
  all: readonly OwnMessage[],
  room: string,
  seq: number,
): readonly OwnMessage[] {
  const isSeen = (own: OwnMessage): boolean =>
    own.room === room && own.delivery.state === 'sent' && own.delivery.seq <= seq;
  return all.some(isSeen) ? all.filter((own) => !isSeen(own)) : all;
}

/** Those that the server may not have. */
export function unconfirmed(all: readonly OwnMessage[]): readonly OwnMessage[] {
  return all.filter(({ delivery }) => delivery.state !== 'sent');
}

/**
 * As they are for somebody who was another person when they were sent: the server may have
 * them, and would not know their ids.
 */
export function fromAnotherPerson(all: readonly OwnMessage[]): readonly OwnMessage[] {
  const problem =
    'the server no longer knows this client, so the message may or may not have been stored';
  return all.map((own) =>
    own.delivery.state === 'failed' ? own : { ...own, delivery: { state: 'failed', problem } },
  );
}
