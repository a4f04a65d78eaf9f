import { ConnectionError } from '../client/errors.js';
import type { ChatClient } from '../client/client.js';
import { ChatError } from '../protocol/errors.js';
import { MessageType, type ChatMessage } from '../protocol/messages.js';
import { printable } from '../protocol/printable.js';
import { ExitError, exitCodes } from './exit-codes.js';
import { linesOf } from './lines.js';

/** What a pipe is run with. */
export interface PipeOptions {
  /** The messages to send; undefined for the lines of standard input. */
  readonly lines: readonly string[] | undefined;
  /** BROADCAST by default. */
  readonly type: MessageType | undefined;
  readonly room: string;
  readonly format: (message: ChatMessage) => string;
  /** How long to wait for a confirmation. */
  readonly timeoutMs: number;
}

/** Messages that may be on their way at once: enough to fill the line, little to keep in memory. */
const windowMessages = 256;

/**
 * Sends one message per line and prints what arrives; returns an exit code when every
 * line was confirmed or refused. Empty lines are no broadcasts, and skipped. Throws
 * `ExitError` as soon as the connection is lost, or nothing is confirmed for too long,
 * also while it waits for the next line.
 */
export async function runPipe(client: ChatClient, options: PipeOptions): Promise<number> {
  client.on('message', (message) => process.stdout.write(`${options.format(message)}\n`));
  client.on('gap', ({ fromSeq, toSeq }) => notice(`gap: ${toSeq - fromSeq + 1} messages expired`));
  client.on('throttled', (rate) =>
    notice(`the server takes ${rate} messages per second from here`),
  );
  client.on('refused', (error) => notice(error.message));

  const sent = new Window(options.timeoutMs);
  const lost = new Promise<never>((_, reject) => {
    client.on('close', (error) => reject(exitErrorFor(error)));
  });
  return await Promise.race([lost, sent.overdue, sendAll(client, options, sent)]);
}

async function sendAll(client: ChatClient, options: PipeOptions, sent: Window): Promise<number> {
  const { type = MessageType.BROADCAST, room } = options;
  // UTF-8 has at least a byte per UTF-16 unit.
  const lines = options.lines ?? linesOf(process.stdin, client.limits.contentBytesMax);
  let lineNumber = 0;
  let exitCode: number = exitCodes.ok;
  for await (const line of lines) {
    lineNumber += 1;
    if (line === '' && type === MessageType.BROADCAST) continue;
    await sent.untilAtMost(windowMessages - 1);
    const number = lineNumber;
    sent.add(
      client.send(line, { type, room }).catch((error: unknown) => {
        if (error instanceof ConnectionError) return; // which `close` tells as well
        if (!(error instanceof ChatError)) throw error;
        notice(`line ${number} was refused: ${error.message}`);
        exitCode = exitCodes.refused;
      }),
    );
  }
  await sent.untilAtMost(0);
  return exitCode;
}

function notice(text: string): void {
  process.stderr.write(`tcp-chat-client: ${printable(text)}\n`);
}

function exitErrorFor(error: ConnectionError): ExitError {
  return new ExitError(exitCodes.cannotConnect, printable(error.message), { cause: error });
}

/** What was sent and is not confirmed yet. */
class Window {
  /** Rejects when messages are on their way and none was confirmed for too long. */
  readonly overdue: Promise<never>;
  readonly #timeoutMs: number;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  #wake: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.overdue = new Promise((_, reject) => (this.#reject = reject));
  }

  add(confirmation: Promise<unknown>): void {
    this.#size += 1;
    if (this.#size === 1) this.#restart();
    confirmation.then(
      () => {
        this.#size -= 1;
        this.#restart();
        this.#wake();
      },
      (error: Error) => this.#reject(error),
    );
  }

  async untilAtMost(size: number): Promise<void> {
    while (this.#size > size) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #restart(): void {
    clearTimeout(this.#timer);
    if (this.#size > 0) this.#timer = setTimeout(() => this.#expire(), this.#timeoutMs);
  }

  #expire(): void {
    const sentence = `${this.#size} messages were not confirmed in ${this.#timeoutMs / 1000} s`;
    this.#reject(new ExitError(exitCodes.timedOut, sentence));
  }
}
