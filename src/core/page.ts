import { broadcastBytes } from '../protocol/frame-sizes.js';
import type { SessionLimits } from '../protocol/limits.js';
import type { PageFields } from '../protocol/message-writer.js';
import { ChatMessage } from '../protocol/messages.js';
import { changeMessage } from './batch.js';
import type { Entry, Range, Slice } from './ports.js';
import type { ControlOf } from './request.js';

type Fetch = ControlOf<'fetch'>['fetch'];

/** What has to be read for a page. */
export function rangeOf(
  { edge, limit }: Fetch,
  { pageMessagesMax, frameBytesMax }: Pick<SessionLimits, 'pageMessagesMax' | 'frameBytesMax'>,
): Range {
  const entriesMax = Math.min(limit === 0 ? pageMessagesMax : limit, pageMessagesMax);
  return { ...edgeOf(edge), entriesMax, charsMax: frameBytesMax };
}

function edgeOf(edge: Fetch['edge']): Pick<Range, 'seq' | 'direction'> {
  switch (edge?.$case) {
    case undefined:
      return { seq: Number.MAX_SAFE_INTEGER, direction: 'before' };
    case 'before':
      return { seq: edge.before, direction: 'before' };
    case 'after':
      return { seq: edge.after, direction: 'after' };
  }
}

/** A tag and a length in front of each message of a page, and what a page has besides. */
const messageHeadBytesMax = 4;
const pageHeadBytesMax = 256;

/** As much of a slice as fits in a frame, from the edge that was asked for. */
export function pageOf(
  room: string,
  { direction }: Range,
  { epoch, entries, headSeq, tailSeq }: Slice,
  frameBytesMax: number,
): PageFields {
  const messages: Array<Entry | ChatMessage> = [];
  let bytes = pageHeadBytesMax;
  for (const entry of direction === 'after' ? entries : entries.toReversed()) {
    const message = entry.change === undefined ? entry : changeMessage(room, entry, entry.change);
    bytes += bytesOf(room, message) + messageHeadBytesMax;
    // One is there in any case, also if limits were larger when it was stored.
    if (bytes > frameBytesMax && messages.length > 0) break;
    messages.push(message);
  }
  if (direction === 'before') messages.reverse();
  const first = messages[0]?.seq ?? tailSeq;
  const last = messages.at(-1)?.seq ?? headSeq;
  const end = direction === 'after' ? last >= headSeq : first <= tailSeq;
  return { room, messages, end, epoch, tailSeq };
}

/** Messages are measured without being encoded: there are many of them. */
function bytesOf(room: string, message: Entry | ChatMessage): number {
  if ('control' in message) return ChatMessage.encode(message).finish().length;
  return broadcastBytes(room, message);
}

/** A page counts as one more message for so many messages in it, and for so many characters. */
const rowsPerWeight = 50;
const charsPerWeight = 8192;

/** As how many more messages a page counts. */
export function weightOfPage({ entries }: Slice): number {
  let chars = 0;
  for (const { content } of entries) chars += content.length;
  return Math.floor(entries.length / rowsPerWeight + chars / charsPerWeight);
}
