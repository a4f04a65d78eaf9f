import { ConnectionError } from '../client/errors.js';
import type { ChatClient } from '../client/client.js';
import type { Ack } from '../client/events.js';
import { ChatError } from '../protocol/errors.js';
import { GapReason, MessageType, type ChatMessage } from '../protocol/messages.js';
import { printable } from '../protocol/printable.js';
import { Deadline } from './deadline.js';
import { exitCodes } from './exit-codes.js';
import { linesOf } from './lines.js';
import { tellNotices } from './notices.js';

/** What a pipe is run with. */
export interface PipeOptions {
  /** The messages to send; undefined for the lines of standard input. */
  readonly lines: readonly string[] | undefined;
  /** BROADCAST by default. */
  readonly type: MessageType | undefined;
  readonly room: string;
  /** Shows what arrives. */
  readonly show: (message: ChatMessage) => void;
  /** How long to wait for a confirmation, or for a lost connection. */
  readonly timeoutMs: number;
}

/** Messages that may be on their way at once: enough to fill the line, little to keep in memory. */
const windowMessages = 256;

/**
 * Sends one message per line and prints what arrives; returns an exit code when every
 * line was confirmed or refused, and those that were accepted have arrived here as well.
 * Empty lines are no broadcasts, and skipped. Throws `ExitError` as soon as nothing is
 * confirmed or the connection is gone for too long, also while it waits for the next line.
 */
export async function runPipe(client: ChatClient, options: PipeOptions): Promise<number> {
  client.on('message', options.show);
  tellNotices(client, notice);
  const deadline = new Deadline(client, options.timeoutMs);
  try {
    return await Promise.race([deadline.passed, sendLines(client, options, deadline)]);
  } finally {
    deadline.end();
  }
}

/** Sends the lines and waits until they are settled; returns an exit code. */
export async function sendLines(
  client: ChatClient,
  options: Omit<PipeOptions, 'show'>,
  deadline: Deadline,
): Promise<number> {
  const { type = MessageType.BROADCAST, room } = options;
  // UTF-8 has at least a byte per UTF-16 unit.
  const lines = options.lines ?? linesOf(process.stdin, client.limits.contentBytesMax);
  let lineNumber = 0;
  let lastSeq = 0;
  let exitCode: number = exitCodes.ok;
  for await (const line of lines) {
    lineNumber += 1;
    if (line === '' && type === MessageType.BROADCAST) continue;
    await deadline.untilAtMost(windowMessages - 1);
    const number = lineNumber;
    const acked = ({ seq }: Ack): void => {
      lastSeq = seq;
    };
    deadline.add(
      client.send(line, { type, room }).then(acked, (error: unknown) => {
        if (error instanceof ChatError) {
          notice(`line ${number} was refused: ${error.message}`);
          exitCode = exitCodes.refused;
        } else if (error instanceof ConnectionError) {
          // The end of the client itself is said once, for all lines.
          if (client.state.kind === 'closed') return;
          notice(`line ${number} was not confirmed: ${error.message}`);
          exitCode = exitCodes.cannotConnect;
        } else throw error;
      }),
    );
  }
  await deadline.untilAtMost(0);
  // A lagging reader gets its acks first.
  deadline.add(hasArrived(client, room, lastSeq));
  await deadline.untilAtMost(0);
  return exitCode;
}

/** Settles when a room's messages have arrived up to that one. */
async function hasArrived(client: ChatClient, room: string, seq: number): Promise<void> {
  const place = client.rooms.find((one) => one.room === room)?.position;
  if (place === undefined || place.seq >= seq) return;
  await new Promise<void>((resolve) => {
    client.on('message', (message) => {
      if (message.room === room && message.seq >= seq) resolve();
    });
    client.on('gap', ({ toSeq, reason }) => {
      if (toSeq >= seq || reason === GapReason.GAP_REASON_EPOCH) resolve();
    });
    client.on('left', () => resolve());
  });
}

/** Says something beside what is printed. */
export function notice(text: string): void {
  process.stderr.write(`tcp-chat-client: ${printable(text)}\n`);
}
