#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConnectionError } from '../client/errors.js';
import type { ChatClient } from '../client/client.js';
import { ChatError } from '../protocol/errors.js';
import { lobbyName } from '../protocol/limits.js';
import { MessageType, type ChatMessage } from '../protocol/messages.js';
import { printable } from '../protocol/printable.js';
import { TranscriptFile } from '../transcript/transcript-file.js';
import { packageVersion, parseArguments, type ParsedArguments } from './arguments.js';
import { ExitError, exitCodes } from './exit-codes.js';
import { messageJsonLine, messageLine, type Format } from './format.js';
import { runPipe } from './pipe.js';
import { runProgram } from './program.js';
import { SignedIn, type Visitor } from './sign-in.js';
import { runTail } from './tail.js';
import { runTerminal } from './terminal.js';

const program = 'tcp-chat-client';
const defaultUrl = 'tcp://127.0.0.1:4444';

await runProgram(program, async () => {
  const parsed = await parseArguments({
    program,
    commands: [
      [
        ['$0 [url]', 'connect [url]'],
        `chat on the server at a URL (tcp:, tls:, ws:, wss:), by default ${defaultUrl}`,
      ],
    ],
    options: {
      addr: {
        type: 'string',
        requiresArg: true,
        describe: 'server as host:port instead of a URL',
      },
      username: { type: 'string', requiresArg: true, describe: 'name that others see' },
      login: {
        type: 'string',
        requiresArg: true,
        describe: 'name of your account; asks for its password, or takes TCP_CHAT_PASSWORD',
      },
      register: {
        type: 'string',
        requiresArg: true,
        describe: 'get an account of this name, with a password that you make up',
      },
      room: {
        type: 'string',
        requiresArg: true,
        default: lobbyName,
        describe: 'room to join',
      },
      type: {
        choices: ['echo', 'broadcast'],
        requiresArg: true,
        describe: 'type of the messages sent; without it, a terminal asks for each message',
      },
      send: {
        type: 'string',
        requiresArg: true,
        describe: 'send this text instead of standard input, then exit',
      },
      since: {
        type: 'number',
        requiresArg: true,
        describe: 'print the messages after this number, then exit; 0 for all',
      },
      follow: { type: 'boolean', describe: 'print new messages until interrupted, like tail -f' },
      json: { type: 'boolean', describe: 'print messages as proto3 JSON, one per line' },
      transcript: {
        type: 'string',
        requiresArg: true,
        describe: 'append the messages received to this file',
      },
      ca: {
        type: 'string',
        requiresArg: true,
        describe: 'file with the certificates (PEM) of authorities to trust',
      },
      timeout: {
        type: 'number',
        requiresArg: true,
        default: 8,
        describe: 'seconds to wait for a connection, a reconnection or a confirmation',
      },
    },
    examples: [
      ['$0 --username alice', 'chat as alice'],
      ["printf 'a\\nb\\n' | $0 --type echo", 'print (echo)a and (echo)b'],
      ['$0 --room ops --since 0 --follow', 'print all messages of the room ops, also new ones'],
      ["$0 --send 'lunch!' tcp://192.0.2.1:4444", 'broadcast one message'],
    ],
  });
  if (parsed['send'] === '' && parsed['type'] !== 'echo') {
    throw new ExitError(exitCodes.usage, '--send needs a text that is not empty');
  }
  const timeoutMs = timeoutOf(parsed);
  const sinceSeq = sinceOf(parsed);
  try {
    const signedIn = await open(parsed, timeoutMs);
    const { client } = signedIn;
    const transcript = openTranscript(parsed);
    try {
      return await chat({ parsed, signedIn, transcript, timeoutMs, sinceSeq });
    } finally {
      await client.close();
      await transcript?.close();
      // The program may end before its input does.
      process.stdin.destroy();
    }
  } catch (error) {
    throw asExitError(error);
  }
});

interface Chat {
  readonly parsed: ParsedArguments;
  readonly signedIn: SignedIn;
  readonly transcript: TranscriptFile | undefined;
  readonly timeoutMs: number;
  readonly sinceSeq: number | undefined;
}

async function chat({ parsed, signedIn, transcript, timeoutMs, sinceSeq }: Chat): Promise<number> {
  const { client, keepLogin, forgetLogin } = signedIn;
  const type = typeOf(parsed);
  const room = parsed['room'] as string;
  const text = parsed['send'] as string | undefined;
  const format: Format = parsed['json'] === true ? messageJsonLine : messageLine;
  const show = (message: ChatMessage): void => {
    process.stdout.write(`${format(message)}\n`);
    if (transcript !== undefined) record(transcript, message, client);
  };
  if (isTail(parsed)) {
    const isFollowing = parsed['follow'] === true;
    return await runTail(client, { room, sinceSeq, isFollowing, text, type, show, timeoutMs });
  }
  if (text !== undefined) {
    return await runPipe(client, { lines: [text], type, room, show, timeoutMs });
  }
  if (isAtTerminal()) {
    if (transcript !== undefined) {
      client.on('message', (message) => record(transcript, message, client));
    }
    return await runTerminal(client, { type, room, format, keepLogin, forgetLogin });
  }
  return await runPipe(client, { lines: undefined, type, room, show, timeoutMs });
}

/** Whether a room is read, instead of chatted in. */
function isTail(parsed: ParsedArguments): boolean {
  return parsed['since'] !== undefined || parsed['follow'] === true;
}

async function open(parsed: ParsedArguments, timeoutMs: number): Promise<SignedIn> {
  const url = urlOf(parsed);
  const more = {
    timeoutMs,
    ...authoritiesOf(parsed),
    clientName: `${program}/${packageVersion()}`,
    // It keeps no messages for another run, so that each run is a device of its own.
    device: randomBytes(12).toString('hex'),
  };
  // A room that is read is entered at the place where that begins.
  const rooms = isTail(parsed) ? [] : [parsed['room'] as string];
  const say = (sentence: string): void => void process.stderr.write(`${program}: ${sentence}\n`);
  try {
    return await SignedIn.as(visitorOf(parsed), { url, rooms, more, say });
  } catch (error) {
    // A URL that means nothing here.
    if (error instanceof TypeError) throw new ExitError(exitCodes.usage, error.message);
    throw error;
  }
}

function visitorOf(parsed: ParsedArguments): Visitor {
  const [first = ['username', ''], second] = ['username', 'login', 'register'].flatMap((flag) => {
    const name = parsed[flag] as string | undefined;
    return name === undefined ? [] : [[flag, name] as const];
  });
  if (second !== undefined) {
    throw new ExitError(exitCodes.usage, `give --${first[0]} or --${second[0]}, not both`);
  }
  const [flag, name] = first;
  if (flag === 'login' || flag === 'register') return { kind: flag, name: name! };
  return { kind: 'guest', name: name! };
}

/** The authorities that are trusted, if they are named. */
function authoritiesOf(parsed: ParsedArguments): { ca?: string } {
  const path = parsed['ca'] as string | undefined;
  if (path === undefined) return {};
  try {
    return { ca: readFileSync(path, 'utf8') };
  } catch (error) {
    throw new ExitError(exitCodes.usage, `cannot read --ca: ${(error as Error).message}`);
  }
}

/** What the server or the connection refuses ends the program with a code of its own. */
function asExitError(error: unknown): unknown {
  if (error instanceof ChatError) {
    const advice = error.suggestion === '' ? '' : `; ${error.suggestion} is free`;
    return new ExitError(exitCodes.refused, printable(`${error.message}${advice}`));
  }
  if (error instanceof ConnectionError) {
    return new ExitError(exitCodeOf(error), printable(error.message));
  }
  return error;
}

function exitCodeOf({ kind }: ConnectionError): number {
  if (kind === 'timedOut') return exitCodes.timedOut;
  return kind === 'refused' ? exitCodes.refused : exitCodes.cannotConnect;
}

function isAtTerminal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

function urlOf(parsed: ParsedArguments): string {
  const url = parsed['url'] as string | undefined;
  const address = parsed['addr'] as string | undefined;
  if (address === undefined) return url ?? defaultUrl;
  if (url !== undefined) throw new ExitError(exitCodes.usage, 'give a URL or --addr, not both');
  return `tcp://${address}`;
}

function typeOf(parsed: ParsedArguments): MessageType | undefined {
  switch (parsed['type']) {
    case 'echo':
      return MessageType.ECHO;
    case 'broadcast':
      return MessageType.BROADCAST;
    default:
      return undefined;
  }
}

function timeoutOf(parsed: ParsedArguments): number {
  const seconds = parsed['timeout'] as number;
  if (seconds > 0 && seconds <= 3600) return seconds * 1000;
  throw new ExitError(exitCodes.usage, '--timeout must be more than 0 and at most 3600 seconds');
}

function sinceOf(parsed: ParsedArguments): number | undefined {
  const seq = parsed['since'] as number | undefined;
  if (seq === undefined || (Number.isSafeInteger(seq) && seq >= 0)) return seq;
  throw new ExitError(exitCodes.usage, '--since must be the number of a message, or 0');
}

/** The file that keeps what arrives, if one was asked for; in a pipe, SIGHUP opens it anew. */
function openTranscript(parsed: ParsedArguments): TranscriptFile | undefined {
  const path = parsed['transcript'] as string | undefined;
  if (path === undefined) return undefined;
  const file = new TranscriptFile(path, (problem) => {
    const text = problem === undefined ? 'is written again' : `cannot be written: ${problem}`;
    process.stderr.write(`${program}: the transcript ${text}\n`);
  });
  // At a terminal the signal means that it is gone.
  if (!isAtTerminal()) process.on('SIGHUP', () => file.reopen());
  return file;
}

function record(file: TranscriptFile, message: ChatMessage, client: ChatClient): void {
  const { content, sender, type, sentAt } = message;
  const kind = type === MessageType.ECHO ? 'echo' : 'broadcast';
  // An echo has no sender, as it can only be one's own.
  const name = sender || client.name;
  file.add({ kind, sender: name, content, sentAtMs: sentAt?.getTime() ?? Date.now() });
}
