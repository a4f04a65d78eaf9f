import type { ChatClient } from '../client/client.js';
import type { ChatMessage, MessageType } from '../protocol/messages.js';
import { Deadline } from './deadline.js';
import { exitCodes } from './exit-codes.js';
import { counted } from './format.js';
import { tellNotices } from './notices.js';
import { notice, sendLines } from './pipe.js';

/** What a room is read with. */
export interface TailOptions {
  readonly room: string;
  /** Begin after this number; undefined for the next message. */
  readonly sinceSeq: number | undefined;
  /** Whether to go on after the present. */
  readonly isFollowing: boolean;
  /** A text to send as well. */
  readonly text: string | undefined;
  readonly type: MessageType | undefined;
  readonly show: (message: ChatMessage) => void;
  readonly timeoutMs: number;
}

/**
 * Prints a room from a number on, like `tail`; `client` is in no room yet. Returns an
 * exit code at the present, or when it is interrupted if it follows. Throws `ExitError`
 * when nothing comes for too long; one that follows waits for a lost connection as long
 * as it takes.
 */
export async function runTail(client: ChatClient, options: TailOptions): Promise<number> {
  const { text, isFollowing, timeoutMs } = options;
  tellNotices(client, notice);
  const deadline = new Deadline(client, timeoutMs, isFollowing);
  const read = async (): Promise<number> => {
    deadline.add(enter(client, options, deadline));
    await deadline.untilAtMost(0);
    const lines = text === undefined ? [] : [text];
    return await sendLines(client, { ...options, lines }, deadline);
  };
  try {
    const toPresent = Promise.race([deadline.passed, read()]);
    if (!isFollowing) return await toPresent;
    const followed = toPresent.then(async () => await deadline.passed);
    return await Promise.race([followed, interruption()]);
  } finally {
    deadline.end();
  }
}

/** Enters the room and shows what comes; settles at the present. */
async function enter(
  client: ChatClient,
  { room, sinceSeq, show }: TailOptions,
  deadline: Deadline,
): Promise<void> {
  const listen = (): void => {
    client.on('message', (message) => {
      deadline.goesOn();
      show(message);
    });
    for (const change of ['edited', 'removed', 'topic'] as const) {
      client.on(change, () => deadline.goesOn());
    }
  };
  if (sinceSeq === undefined) {
    listen();
    await client.join(room);
    return;
  }
  // A number means something in an epoch only, which the room has to tell first.
  const { epoch, headSeq } = await client.join(room, { last: 0 });
  if (sinceSeq > headSeq) notice(`${room} has only ${counted(headSeq, 'message')}`);
  const caughtUp = new Promise<void>((resolve) => client.on('caughtUp', () => resolve()));
  const joined = client.join(room, { after: { epoch, seq: Math.min(sinceSeq, headSeq) } });
  // What comes from now on comes from there.
  listen();
  await Promise.all([joined, caughtUp]);
}

async function interruption(): Promise<number> {
  return await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => resolve(exitCodes.ok));
    }
  });
}
