import { printable } from '../protocol/printable.js';

/** A message as a transcript keeps it. */
export interface TranscriptMessage {
  readonly kind: 'echo' | 'broadcast' | 'edited' | 'removed' | 'topic';
  readonly sender: string;
  readonly content: string;
  /** Milliseconds since 1970. */
  readonly sentAtMs: number;
}

/**
 * A message as one line of a transcript, its end included:
 * `2026-01-31T12:00:00.000Z broadcast alice: hello`. What edits or removes a message names it:
 * `… edited alice: 7 hello all`, `… removed alice: 7`. Nothing in the message can end
 * the line early or act on a terminal that shows the file.
 */
export function transcriptLine({ kind, sender, content, sentAtMs }: TranscriptMessage): string {
  const time = new Date(sentAtMs).toISOString();
  return `${time} ${kind} ${printable(sender)}: ${printable(content)}\n`;
}
