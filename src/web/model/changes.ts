import type { EditedMessage } from '../../client/events.js';
import type { HistoryPage } from '../../client/requests.js';
import { MessageType, type ChatMessage } from '../../protocol/messages.js';

/** What becomes of a message after it was sent. */
export type MessageChange =
  | ({ readonly kind: 'edited' } & Pick<EditedMessage, 'seq' | 'content' | 'sentAt'>)
  | { readonly kind: 'removed'; readonly seq: number };

/** Whether only its place is left of a message. */
export function isRemoved({ control }: ChatMessage): boolean {
  return control?.$case === 'removed';
}

/** What is left of a message of which nothing but the number is known: it has no sender. */
export function remainsOf(seq: number): ChatMessage {
  const control = { $case: 'removed', removed: { seq } } as const;
  return {
    seq,
    control,
    content: '',
    type: MessageType.BROADCAST,
    id: '',
    sender: '',
    room: '',
    sentAt: undefined,
    editedAt: undefined,
  };
}

/** The messages after a change to one of them; what is removed stays so. */
export function withChanged(
  messages: readonly ChatMessage[],
  change: MessageChange,
): readonly ChatMessage[] {
  const isMeant = (one: ChatMessage): boolean => one.seq === change.seq && !isRemoved(one);
  if (!messages.some(isMeant)) return messages;
  return messages.map((one) => (isMeant(one) ? changed(one, change) : one));
}

function changed(message: ChatMessage, change: MessageChange): ChatMessage {
  if (change.kind === 'edited') {
    return { ...message, content: change.content, editedAt: change.sentAt };
  }
  const { sender, sentAt, id, room } = message;
  return { ...remainsOf(message.seq), sender, sentAt, id, room };
}

/** The numbers in a page under which there is nothing to be read: of changes, or of removed messages. */
export function silentSeqs({ messages, firstSeq, lastSeq }: HistoryPage): number[] {
  if (lastSeq === 0) return [];
  const said = new Set(messages.map(({ seq }) => seq));
  const count = lastSeq - firstSeq + 1;
  return Array.from({ length: count }, (_, index) => firstSeq + index).filter(
    (seq) => !said.has(seq),
  );
}
