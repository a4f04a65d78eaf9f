import {
  createInterface,
  clearScreenDown,
  cursorTo,
  moveCursor,
  type Interface,
} from 'node:readline';
import type { ChatClient } from '../client/client.js';
import { MessageType, type ChatMessage } from '../protocol/messages.js';
import { printable } from '../protocol/printable.js';
import { OwnMessages } from './change-commands.js';
import { exitCodes } from './exit-codes.js';
import { counted, type Format } from './format.js';
import { tellNotices } from './notices.js';
import { askSecret } from './secret.js';
import { runSlashCommand, slashCommands, type CommandContext } from './slash-commands.js';

/** What a terminal is run with. */
export interface TerminalOptions {
  /** Fixed; undefined to ask for it before each message. */
  readonly type: MessageType | undefined;
  /** The room that text goes to at first. */
  readonly room: string;
  readonly format: Format;
  /** See `CommandContext`. */
  readonly keepLogin: () => void;
  readonly forgetLogin: () => void;
}

/** A message that takes longer than this to be confirmed is said to. */
const unconfirmedAfterMs = 2000;

const typeNames = { [MessageType.ECHO]: 'echo', [MessageType.BROADCAST]: 'broadcast' } as const;
type ChosenType = keyof typeof typeNames;

/** Chats at a terminal until the user leaves, or there is no way back to the server; returns an exit code. */
export async function runTerminal(client: ChatClient, options: TerminalOptions): Promise<number> {
  return await new Terminal(client, options).run();
}

class Terminal implements CommandContext {
  readonly client: ChatClient;
  readonly ownMessages: OwnMessages;
  room: string;
  readonly #format: Format;
  #lines: Interface;
  readonly keepLogin: () => void;
  readonly forgetLogin: () => void;
  /** What is to be shown once a secret has been asked for; undefined while none is. */
  #held: string[] | undefined;
  /** Whether the type is asked for before each message. */
  #asksForType: boolean;
  #type: ChosenType;
  #isAtType = false;
  /** Whether the prompt is gone for good; readline would open the terminal again for a new one. */
  #isOver = false;
  #finish: (exitCode: number) => void = () => {};

  constructor(client: ChatClient, { type, room, format, keepLogin, forgetLogin }: TerminalOptions) {
    this.client = client;
    this.ownMessages = new OwnMessages(client);
    this.room = room;
    this.#format = format;
    this.#asksForType = type === undefined;
    this.#type = type === MessageType.ECHO ? MessageType.ECHO : MessageType.BROADCAST;
    this.keepLogin = keepLogin;
    this.forgetLogin = forgetLogin;
    this.#lines = this.#openLines([]);
  }

  async run(): Promise<number> {
    const { client } = this;
    client.on('message', (message) => this.show(message));
    tellNotices(client, (sentence) => this.notice(sentence));
    client.on('caughtUp', (caughtUp) => {
      if (caughtUp.messages > 0) this.notice(`caught up: ${counted(caughtUp.messages, 'message')}`);
    });
    client.on('close', (error) => {
      if (error.kind === 'closed') return;
      this.notice(error.message);
      this.#finish(exitCodes.cannotConnect);
    });

    const exitCode = await new Promise<number>((resolve) => {
      this.#finish = resolve;
      this.notice(`connected as ${client.name}; /help lists the commands`);
      this.#ask();
    });
    this.#isOver = true;
    this.#lines.close();
    process.stdout.write('\n');
    return exitCode;
  }

  #openLines(history: readonly string[]): Interface {
    const lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      completer: (line: string) => this.#complete(line),
      history: [...history],
      historySize: 1000,
      removeHistoryDuplicates: true,
    });
    // An answer to the question for the type is nothing to come back to.
    lines.on('history', (entries) => {
      if (this.#isAtType) entries.shift();
    });
    lines.on('line', (line) => this.#takeLine(line));
    lines.on('SIGINT', () => this.#finish(exitCodes.ok));
    lines.on('close', () => {
      if (this.#held === undefined) this.#finish(exitCodes.ok);
    });
    return lines;
  }

  async askSecret(question: string): Promise<string | undefined> {
    const { history } = this.#lines as Interface & { readonly history: readonly string[] };
    this.#held = [];
    // The prompt gives way to the question.
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
    this.#lines.close();
    const secret = await askSecret(question);
    this.#lines = this.#openLines(history);
    const held = this.#held;
    this.#held = undefined;
    for (const line of held) process.stdout.write(`${line}\n`);
    this.#prompt();
    return secret;
  }

  /** Shows the next prompt: for the type, or for the message. */
  #ask(): void {
    this.#isAtType = this.#asksForType;
    this.#prompt();
  }

  #prompt(): void {
    // It comes back after the question.
    if (this.#held !== undefined) return;
    this.#lines.setPrompt(
      this.#isAtType ? `echo[0], broadcast[1] (Enter: ${typeNames[this.#type]}) ` : '> ',
    );
    this.#lines.prompt();
  }

  #takeLine(line: string): void {
    if (line.startsWith('/') && !line.startsWith('//')) {
      this.#command(line);
    } else if (this.#isAtType) {
      this.#takeType(line.trim().toLowerCase());
    } else if (line === '' && this.#type === MessageType.BROADCAST) {
      this.#prompt();
    } else {
      this.#send(line.startsWith('//') ? line.slice(1) : line);
      this.#ask();
    }
  }

  #takeType(answer: string): void {
    const type = answer === '' ? this.#type : typeFrom(answer);
    if (type === undefined) {
      this.notice('0 or echo: only you get it; 1 or broadcast: everybody in the room gets it');
    } else {
      this.#type = type;
      this.#isAtType = false;
    }
    this.#prompt();
  }

  #send(text: string): void {
    if (this.room === '' && this.#type === MessageType.BROADCAST) {
      this.notice('you are in no room; join one with /join ROOM');
      return;
    }
    const timer = setTimeout(() => this.notice(`not confirmed yet: ${text}`), unconfirmedAfterMs);
    this.client
      .send(text, { type: this.#type, room: this.room })
      .catch((error: Error) => this.#sayFailed(`not sent (${error.message}): ${text}`))
      .finally(() => clearTimeout(timer));
  }

  #sayFailed(sentence: string): void {
    // The last words of somebody who leaves without a connection are worth a line, too.
    if (this.#isOver) process.stdout.write(`* ${printable(sentence)}\n`);
    else this.notice(sentence);
  }

  #command(line: string): void {
    const [, command = '', argument = ''] = /^(\S*)\s*(.*)$/su.exec(line.trim()) ?? [];
    switch (command) {
      case '/quit':
        this.#finish(exitCodes.ok);
        return;
      case '/help':
        for (const [usage, help] of helpLines) this.notice(`${usage.padEnd(22)}${help}`);
        break;
      case '/type':
        this.#fixType(argument);
        break;
      default:
        if (slashCommands.has(command)) {
          void runSlashCommand(command, argument, this);
          break;
        }
        this.notice(
          `unknown command ${command}; /help lists the commands, and // begins a text with /`,
        );
    }
    this.#ask();
  }

  #fixType(argument: string): void {
    const type = typeFrom(argument);
    if (argument === 'ask') {
      this.#asksForType = true;
    } else if (type === undefined) {
      this.notice('usage: /type echo, /type broadcast or /type ask');
    } else {
      this.#type = type;
      this.#asksForType = false;
    }
  }

  notice(sentence: string): void {
    this.#print(`* ${printable(sentence)}`);
  }

  show(message: ChatMessage): void {
    this.#print(this.#format(message, this.room));
  }

  #complete(line: string): [string[], string] {
    if (!line.startsWith('/')) return [[], line];
    const rooms = this.client.rooms.map(({ room }) => room);
    const completions = [...ownCompletions];
    for (const [name, { argument }] of slashCommands) {
      completions.push(name);
      if (argument === 'room') completions.push(...rooms.map((room) => `${name} ${room}`));
    }
    return [completions.filter((one) => one.startsWith(line)), line];
  }

  /** Prints a line above the prompt, which stays as it was, with what is typed there. */
  #print(line: string): void {
    if (this.#isOver) return;
    if (this.#held !== undefined) {
      this.#held.push(line);
      return;
    }
    const { rows } = this.#lines.getCursorPos();
    moveCursor(process.stdout, 0, -rows);
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
    process.stdout.write(`${line}\n`);
    // readline remembers on which row of its prompt the cursor was, and would go up as
    // many before it draws the prompt anew. It has no other way to be told.
    (this.#lines as { prevRows?: number }).prevRows = 0;
    this.#lines.prompt(true);
  }
}

const helpLines: ReadonlyArray<readonly [usage: string, help: string]> = [
  ['/help', 'list the commands'],
  ['/type echo|broadcast', 'send all messages with this type'],
  ['/type ask', 'ask for the type of each message'],
  ...Array.from(slashCommands.values(), ({ usage, help }) => [usage, help] as const),
  ['/quit', 'quit, like Ctrl+C and Ctrl+D'],
  ['//text', 'send a text that begins with /'],
];

const ownCompletions = ['/help', '/type echo', '/type broadcast', '/type ask', '/quit'];

function typeFrom(answer: string): ChosenType | undefined {
  if (answer === '0' || answer === 'echo') return MessageType.ECHO;
  if (answer === '1' || answer === 'broadcast') return MessageType.BROADCAST;
  return undefined;
}
