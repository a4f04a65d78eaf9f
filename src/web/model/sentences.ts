import type { RoomGap } from '../../client/events.js';
import { GapReason } from '../../protocol/messages.js';

/** So many of something, in words. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : nouns}`;
}

/** What a gap means to a reader. */
export function gapSentence({ fromSeq, toSeq, reason }: RoomGap): string {
  const missing = Math.max(0, toSeq - fromSeq + 1);
  const expired = `${counted(missing, 'message')} expired`;
  if (reason === GapReason.GAP_REASON_DAMAGED) {
    return `gap: ${counted(missing, 'message')} cannot be read (damaged on the server)`;
  }
  if (reason !== GapReason.GAP_REASON_EPOCH) return `gap: ${expired}`;
  const rest = missing > 0 ? `, and ${expired}` : '';
  return `gap: the numbering of this room has started anew${rest}`;
}

/** What is said of a room's topic when it changes. */
export function topicSentence(sender: string, topic: string): string {
  return topic === '' ? `${sender} removed the topic` : `${sender} set the topic: ${topic}`;
}

/** The window's title: how much is unread, where one is, and of what. */
export function pageTitle(unread: number, room: string): string {
  const count = unread > 0 ? `(${badge(unread)}) ` : '';
  return `${count}${room === '' ? '' : `#${room} · `}tcp-chat`;
}

/** A count that fits into a small place. */
export function badge(count: number): string {
  return count > 999 ? '999+' : String(count);
}

/** How long to wait still, in whole seconds. */
export function waitingSentence(delayMs: number): string {
  const seconds = Math.ceil(delayMs / 1000);
  return seconds <= 0 ? 'trying now' : `trying again in ${seconds} s`;
}

/** What went wrong, for a person. */
export function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What stands above the oldest message that a room still has. */
export function beginningSentence(room: string, firstSeq: number): string {
  if (firstSeq <= 1) return `This is the beginning of #${room}.`;
  return `Earlier messages in #${room} have expired.`;
}
