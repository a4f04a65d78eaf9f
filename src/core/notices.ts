import { factsOf, type ChatError } from '../protocol/errors.js';
import { marks } from '../protocol/limits.js';
import {
  GapReason,
  type ChatMessage,
  type Control,
  type ErrorCode,
  type GoodbyeReason,
} from '../protocol/messages.js';
import type { Rendering } from './rendering.js';

/** What a session is told about itself: in a sentence if it is bare, otherwise in a control message. */
export type Notice = Partial<ChatMessage>;

/** Something that it sent was refused; `id` names what, if it had one. */
export function errorNotice(
  rendering: Rendering,
  { code, message, suggestion, retryAfterMs }: ChatError,
  id: string,
): Notice {
  const { retryable } = factsOf(code);
  const error = { code, message, id, retryable, retryAfterMs, suggestion };
  return rendered(rendering, message, { $case: 'error', error });
}

/** Messages of a room are missing, from one to another. */
export function gapNotice(
  rendering: Rendering,
  room: string,
  fromSeq: number,
  toSeq: number,
  reason: GapReason,
): Notice {
  const count = toSeq - fromSeq + 1;
  const messages = count === 1 ? '1 message was' : `${count} messages were`;
  const isDamaged = reason === GapReason.GAP_REASON_DAMAGED;
  const why = isDamaged ? 'damaged on the server' : 'no longer on the server';
  const sentence = `${messages} skipped (${why})`;
  return rendered(rendering, sentence, { $case: 'gap', gap: { room, fromSeq, toSeq, reason } });
}

/** The connection is about to be closed. */
export function goodbyeNotice(
  rendering: Rendering,
  code: ErrorCode,
  reason: GoodbyeReason,
): Notice {
  const { sentence, retryable } = factsOf(code);
  const goodbye = { reason, message: sentence, reconnect: retryable, reconnectAfterMs: 0 };
  return rendered(rendering, sentence, { $case: 'goodbye', goodbye });
}

function rendered(rendering: Rendering, sentence: string, control: Control): Notice {
  return rendering.isFull ? { control } : { content: marks.error + sentence };
}
