import type { ChatMessage } from '../../protocol/messages.js';
import { isRemoved } from './changes.js';
import { hasNext, isAtHead, type LogWindow } from './log-window.js';

/** Something in a room that is not in its log: only this page has it, at some place between messages. */
export interface Aside {
  readonly key: string;
  readonly kind: 'echo' | 'notice' | 'topic';
  readonly text: string;
  readonly at: Date;
  /** The message after which it stands. */
  readonly afterSeq: number;
}

/** What a room is drawn as, from top to bottom. Keys stay the same while the window moves. */
export type Row =
  | { readonly kind: 'date'; readonly key: string; readonly at: Date }
  | { readonly kind: 'divider'; readonly key: string }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly message: ChatMessage;
      /** Whether it goes on under the name of the message above. */
      readonly isContinued: boolean;
    }
  | { readonly kind: 'aside'; readonly key: string; readonly aside: Aside };

/** Messages of one sender that follow so closely need the name only once. */
const continuedMsMax = 5 * 60_000;

/** The key of the line above what is new. */
export const dividerKey = 'divider';

/**
 * The rows of a window. What has a greater number than `readSeq` is new; undefined for no
 * divider, and there is none either where the first of it is above the window.
 */
export function rowsOf(
  window: LogWindow,
  asides: readonly Aside[],
  readSeq: number | undefined,
): Row[] {
  const rows: Row[] = [];
  const waiting = visibleAsides(window, asides);
  let next = 0;
  let above: ChatMessage | undefined;
  let isDivided = readSeq === undefined || !hasNext(window, readSeq);
  for (const message of window.messages) {
    for (; waiting[next] !== undefined && waiting[next]!.afterSeq < message.seq; next += 1) {
      rows.push(asideRow(waiting[next]!));
      above = undefined;
    }
    const at = message.sentAt ?? lastDate(rows);
    if (at !== undefined && !isSameDay(lastDate(rows), at)) {
      rows.push({ kind: 'date', key: `d${message.seq}`, at });
      above = undefined;
    }
    if (!isDivided && !isRemoved(message) && message.seq > (readSeq ?? 0)) {
      rows.push({ kind: 'divider', key: dividerKey });
      isDivided = true;
      above = undefined;
    }
    const isContinued = isContinuedBy(above, message);
    rows.push({ kind: 'message', key: messageKey(message.seq), message, isContinued });
    above = message;
  }
  for (; next < waiting.length; next += 1) rows.push(asideRow(waiting[next]!));
  return rows;
}

/** Whether what somebody says goes on under the name of the message above. */
export function isContinuedBy(
  above: ChatMessage | undefined,
  { sender, sentAt }: Pick<ChatMessage, 'sender' | 'sentAt'>,
): boolean {
  if (above?.sender !== sender) return false;
  return Number(sentAt ?? 0) - Number(above.sentAt ?? 0) < continuedMsMax;
}

/** The key of a message's row. */
export function messageKey(seq: number): string {
  return `m${seq}`;
}

/** The number of the message whose row has this key; undefined for other rows. */
export function seqOf(key: string): number | undefined {
  return key.startsWith('m') ? Number(key.slice(1)) : undefined;
}

/** Those whose place is within the window. */
function visibleAsides(window: LogWindow, asides: readonly Aside[]): Aside[] {
  const { firstSeq, lastSeq, hasOlder } = window;
  const first = hasOlder ? firstSeq : 0;
  const last = isAtHead(window) ? Infinity : lastSeq;
  return asides
    .filter(({ afterSeq }) => afterSeq >= first && afterSeq <= last)
    .toSorted((one, other) => one.afterSeq - other.afterSeq);
}

function asideRow(aside: Aside): Row {
  return { kind: 'aside', key: aside.key, aside };
}

/** The day of the last message or date among the rows. */
function lastDate(rows: readonly Row[]): Date | undefined {
  const last = rows.findLast(
    (row): row is Extract<Row, { kind: 'date' | 'message' }> =>
      row.kind === 'date' || (row.kind === 'message' && row.message.sentAt !== undefined),
  );
  if (last?.kind === 'date') return last.at;
  return last?.message.sentAt;
}

function isSameDay(one: Date | undefined, other: Date): boolean {
  return one?.toDateString() === other.toDateString();
}
