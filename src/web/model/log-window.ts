import type { HistoryPage } from '../../client/requests.js';
import type { ChatMessage } from '../../protocol/messages.js';
import { isRemoved, remainsOf, withChanged, type MessageChange } from './changes.js';

/**
 * The part of a room's log that the page holds: the messages of consecutive entries, few
 * enough to be drawn, however many the room has. It moves over the log a page at a time, and
 * grows with it as long as it reaches up to its head. Entries that are no messages are within
 * it like others, so the numbers of its messages have holes.
 */
export interface LogWindow {
  /** As they are now, oldest first; what was removed is among them, see `isRemoved`. */
  readonly messages: readonly ChatMessage[];
  /** The numbers of the first and the last entry; when there is none, the last is one less. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Whether the server may have older entries than these. */
  readonly hasOlder: boolean;
  /** The newest number in the room, as far as it is known. */
  readonly headSeq: number;
}

/** About twenty screens: more than is scrolled at once, little enough to be drawn in no time. */
export const windowMessagesMax = 400;

/** A window without entries, after some number. */
export function emptyWindow(seq: number): LogWindow {
  return { messages: [], firstSeq: seq + 1, lastSeq: seq, hasOlder: seq > 0, headSeq: seq };
}

/** Whether the newest entry of the room is in the window, if there is one at all. */
export function isAtHead({ lastSeq, headSeq }: LogWindow): boolean {
  return lastSeq >= headSeq;
}

/** A window that begins with a page: the newest one, or one after some entry. */
export function windowOf(page: HistoryPage, kind: 'newest' | 'after', headSeq: number): LogWindow {
  const { end, tailSeq } = page;
  const isEmpty = page.lastSeq === 0;
  const reachesHead = kind === 'newest' || end;
  // What is numbered but gone is nothing to wait for.
  const emptySeq = reachesHead ? Math.max(headSeq, tailSeq - 1) : headSeq;
  const firstSeq = isEmpty ? emptySeq + 1 : page.firstSeq;
  const lastSeq = isEmpty ? emptySeq : page.lastSeq;
  const hasOlder = kind === 'newest' ? !end : firstSeq > Math.max(1, tailSeq);
  const head = Math.max(headSeq, lastSeq);
  return { messages: messagesOf(page), firstSeq, lastSeq, hasOlder, headSeq: head };
}

/** Whether the window has a message that can be read after some number. */
export function hasMessageAfter({ messages }: LogWindow, seq: number): boolean {
  const last = messages.findLast((message) => !isRemoved(message));
  return last !== undefined && last.seq > seq;
}

/** Whether the messages that follow a number are in the window: it begins no later, and has some. */
export function hasNext(window: LogWindow, seq: number): boolean {
  const isBegun = !window.hasOlder || window.firstSeq <= seq + 1;
  return isBegun && hasMessageAfter(window, seq);
}

/** With the page before the window; what is too much is dropped at the other end. */
export function withOlder(window: LogWindow, page: HistoryPage): LogWindow {
  const older = messagesOf(page).filter(({ seq }) => seq < window.firstSeq);
  const all = [...older, ...window.messages];
  const messages = all.slice(0, windowMessagesMax);
  const isCut = messages.length < all.length;
  const firstSeq = page.firstSeq === 0 ? window.firstSeq : Math.min(page.firstSeq, window.firstSeq);
  const lastSeq = isCut ? messages.at(-1)!.seq : window.lastSeq;
  return { ...window, messages, firstSeq, lastSeq, hasOlder: !page.end };
}

/** With the page after the window; what is too much is dropped at the other end. */
export function withNewer(window: LogWindow, page: HistoryPage): LogWindow {
  const newer = messagesOf(page).filter(({ seq }) => seq > window.lastSeq);
  const all = [...window.messages, ...newer];
  const messages = all.slice(-windowMessagesMax);
  const isCut = messages.length < all.length;
  const lastSeq = Math.max(window.lastSeq, page.lastSeq);
  const isGone = page.end && page.lastSeq === 0;
  return {
    messages,
    firstSeq: isCut ? messages[0]!.seq : window.firstSeq,
    lastSeq,
    hasOlder: window.hasOlder || isCut,
    headSeq: isGone ? lastSeq : Math.max(window.headSeq, lastSeq),
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
  const { seq } = message;
  const { messages } = window;
  if (seq <= window.lastSeq) return window;
  const isFull = messages.length >= windowMessagesMax;
  const isKept = isFull && messages[0]!.seq >= keptFromSeq;
  if (!isAtHead(window) || isKept) return { ...window, headSeq: Math.max(window.headSeq, seq) };
  return {
    messages: [...messages.slice(isFull ? 1 : 0), message],
    firstSeq: isFull ? messages[1]!.seq : window.firstSeq,
    lastSeq: seq,
    hasOlder: window.hasOlder || isFull,
    headSeq: seq,
  };
}

/** With an entry that has just arrived and is no message. */
export function withEntry(window: LogWindow, seq: number): LogWindow {
  if (seq <= window.lastSeq) return window;
  const headSeq = Math.max(window.headSeq, seq);
  return isAtHead(window) ? { ...window, lastSeq: seq, headSeq } : { ...window, headSeq };
}

/** With changes to its messages. */
export function withChanges(window: LogWindow, changes: readonly MessageChange[]): LogWindow {
  return { ...window, messages: changes.reduce(withChanged, window.messages) };
}

/** The messages of a page, with what is left of removed ones in their places. */
function messagesOf({ messages, removed }: HistoryPage): readonly ChatMessage[] {
  if (removed.length === 0) return messages;
  const all = [...messages, ...removed.map(remainsOf)];
  return all.toSorted((one, other) => one.seq - other.seq);
}
