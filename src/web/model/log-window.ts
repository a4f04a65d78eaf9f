import type { HistoryPage } from '../../client/requests.js';
import type { ChatMessage } from '../../protocol/messages.js';

/**
 * The part of a room's log that the page holds: consecutive messages, few enough to be
 * drawn, however many the room has. It moves over the log a page at a time, and grows
 * with it as long as it reaches up to its head.
 */
export interface LogWindow {
  /** Oldest first. */
  readonly messages: readonly ChatMessage[];
  /** Whether the server may have older messages than these. */
  readonly hasOlder: boolean;
  /** The newest number in the room, as far as it is known. */
  readonly headSeq: number;
}

/** About twenty screens: more than is scrolled at once, little enough to be drawn in no time. */
export const windowMessagesMax = 400;

/** The number of the newest message in the window; 0 when there is none. */
export function lastSeq({ messages }: LogWindow): number {
  return messages.at(-1)?.seq ?? 0;
}

/** Whether the newest message of the room is in the window, if there is one at all. */
export function isAtHead(window: LogWindow): boolean {
  return lastSeq(window) >= window.headSeq;
}

/** A window that begins with a page: the newest one, or one behind some message. */
export function windowOf(page: HistoryPage, kind: 'newest' | 'after', headSeq: number): LogWindow {
  const { messages, end, tailSeq } = page;
  const firstSeq = messages[0]?.seq ?? headSeq + 1;
  const hasOlder = kind === 'newest' ? !end : firstSeq > Math.max(1, tailSeq);
  const pageSeq = messages.at(-1)?.seq ?? 0;
  const reachesHead = kind === 'newest' || end;
  // What is numbered but gone is nothing to wait for.
  const head = reachesHead && messages.length === 0 ? 0 : Math.max(headSeq, pageSeq);
  return { messages, hasOlder, headSeq: head };
}

/** Whether what follows a message in the room is in the window: it begins no later, and has more. */
export function hasNext(window: LogWindow, seq: number): boolean {
  const isBegun = !window.hasOlder || (window.messages[0]?.seq ?? 0) <= seq + 1;
  return isBegun && lastSeq(window) > seq;
}

/** With the page before the window; what is too much is dropped at the other end. */
export function withOlder(window: LogWindow, { messages, end }: HistoryPage): LogWindow {
  const firstSeq = window.messages[0]?.seq ?? Infinity;
  const older = messages.filter(({ seq }) => seq < firstSeq);
  const kept = [...older, ...window.messages].slice(0, windowMessagesMax);
  return { ...window, messages: kept, hasOlder: !end };
}

/** With the page behind the window; what is too much is dropped at the other end. */
export function withNewer(window: LogWindow, { messages, end }: HistoryPage): LogWindow {
  const last = lastSeq(window);
  const newer = messages.filter(({ seq }) => seq > last);
  const all = [...window.messages, ...newer];
  const kept = all.slice(-windowMessagesMax);
  const newLast = kept.at(-1)?.seq ?? 0;
  return {
    messages: kept,
    hasOlder: window.hasOlder || kept.length < all.length,
    headSeq: end && newer.length === 0 ? newLast : Math.max(window.headSeq, newLast),
  };
}

/**
 * With a message that has just arrived. Where it would push out one from `keptFromSeq` on,
 * which is being read or has not been read yet, it is only known to be there.
 */
export function withArrived(
  window: LogWindow,
  message: ChatMessage,
  keptFromSeq: number,
): LogWindow {
  if (message.seq <= lastSeq(window)) return window;
  const headSeq = Math.max(window.headSeq, message.seq);
  const isFull = window.messages.length >= windowMessagesMax;
  const isKept = isFull && window.messages[0]!.seq >= keptFromSeq;
  if (!isAtHead(window) || isKept) return { ...window, headSeq };
  const messages = [...window.messages.slice(isFull ? 1 : 0), message];
  return { messages, hasOlder: window.hasOlder || isFull, headSeq };
}
