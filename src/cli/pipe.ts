import { createInterface } from 'node:readline';
import { ConnectionError } from '../client/errors.js';
import type { ChatClient } from '../client/client.js';
import { ChatError } from '../protocol/errors.js';
import { MessageType, type ChatMessage } from '../protocol/messages.js';
import { printable } from '../protocol/printable.js';
import { ExitError, exitCodes } from './exit-codes.js';

/** What a pipe is run with. */
export interface PipeOptions {
  /** The messages to send; undefined for the lines of standard input. */
  readonly lines: readonly string[] | undefined;
  /** BROADCAST by default. */
  readonly type: MessageType | undefined;
  readonly format: (message: ChatMessage) => string;
  /** How long to wait for a confirmation. */
  readonly timeoutMs: number;
}

/** Messages that may be on their way at once: enough to fill the line, little to keep in memory. */
const windowMessages = 256;

/**
 * Sends one message per line and prints what arrives; returns an exit code when
 * every line was confirmed or refused. Empty lines are no broadcasts, and skipped.
 */
export async function runPipe(client: ChatClient, options: PipeOptions): Promise<number> {
  const { type = MessageType.BROADCAST, format } = options;
  client.on('message', (message) => process.stdout.write(`${format(message)}\n`));
  client.on('gap', ({ fromSeq, toSeq }) => notice(`gap: ${toSeq - fromSeq + 1} messages expired`));
  client.on('throttled', (rate) =>
    notice(`the server takes ${rate} messages per second from here`),
  );
  client.on('refused', (error) => notice(error.message));

  const sent = new Window(options.timeoutMs);
  let lineNumber = 0;
  let exitCode: number = exitCodes.ok;
  for await (const line of options.lines ?? standardInput()) {
    lineNumber += 1;
    if (line === '' && type === MessageType.BROADCAST) continue;
    await sent.untilThereIsRoom();
    const number = lineNumber;
    sent.add(
      client.send(line, { type }).catch((error: unknown) => {
        if (!(error instanceof ChatError)) throw error;
        notice(`line ${number} was refused: ${error.message}`);
        exitCode = exitCodes.refused;
      }),
    );
  }
  await sent.untilEmpty();
  return exitCode;
}

function standardInput(): AsyncIterable<string> {
  return createInterface({ input: process.stdin, crlfDelay: Infinity });
}

function notice(text: string): void {
  process.stderr.write(`tcp-chat-client: ${printable(text)}\n`);
}

/** What was sent and is not confirmed yet. */
class Window {
  readonly #timeoutMs: number;
  #size = 0;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  add(confirmation: Promise<unknown>): void {
    this.#size += 1;
    confirmation
      .catch((error: unknown) => (this.#failure ??= error))
      .finally(() => {
        this.#size -= 1;
        this.#wake?.();
      });
  }

  async untilThereIsRoom(): Promise<void> {
    await this.#untilAtMost(windowMessages - 1);
  }

  async untilEmpty(): Promise<void> {
    await this.#untilAtMost(0);
  }

  /** Throws what ended the connection, and when nothing is confirmed for too long. */
  async #untilAtMost(size: number): Promise<void> {
    while (this.#failure === undefined && this.#size > size) await this.#next();
    const error = this.#failure;
    if (error === undefined) return;
    if (!(error instanceof ConnectionError)) throw error;
    throw new ExitError(exitCodes.cannotConnect, printable(error.message), { cause: error });
  }

  async #next(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#wake = resolve;
      timer = setTimeout(() => {
        const seconds = this.#timeoutMs / 1000;
        reject(
          new ExitError(
            exitCodes.timedOut,
            `${this.#size} messages were not confirmed in ${seconds} s`,
          ),
        );
      }, this.#timeoutMs);
    }).finally(() => clearTimeout(timer));
  }
}
