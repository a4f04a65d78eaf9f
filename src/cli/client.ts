#!/usr/bin/env node
import { connect } from '../client/connect.js';
import { ConnectionError } from '../client/errors.js';
import type { ChatClient } from '../client/client.js';
import { ChatError } from '../protocol/errors.js';
import { lobbyName } from '../protocol/limits.js';
import { MessageType, type ChatMessage } from '../protocol/messages.js';
import { printable } from '../protocol/printable.js';
import { TranscriptFile } from '../transcript/transcript-file.js';
import { packageVersion, parseArguments, type ParsedArguments } from './arguments.js';
import { ExitError, exitCodes } from './exit-codes.js';
import { messageJsonLine, messageLine } from './format.js';
import { runPipe } from './pipe.js';
import { runProgram } from './program.js';
import { runTerminal } from './terminal.js';

const program = 'tcp-chat-client';
const defaultUrl = 'tcp://127.0.0.1:4444';

await runProgram(program, async () => {
  const parsed = await parseArguments({
    program,
    commands: [
      [['$0 [url]', 'connect [url]'], `chat with the server at a URL, ${defaultUrl} by default`],
    ],
    options: {
      addr: {
        type: 'string',
        requiresArg: true,
        describe: 'server as host:port, instead of a URL',
      },
      username: { type: 'string', requiresArg: true, describe: 'the name that others see' },
      room: {
        type: 'string',
        requiresArg: true,
        default: lobbyName,
        describe: 'the room to broadcast to; so far there is only this one',
      },
      type: {
        choices: ['echo', 'broadcast'],
        requiresArg: true,
        describe: 'what to do with messages; at a terminal it is asked for without this',
      },
      send: {
        type: 'string',
        requiresArg: true,
        describe: 'send this text instead of standard input, and leave',
      },
      json: { type: 'boolean', describe: 'print messages as proto3 JSON, one per line' },
      transcript: { type: 'string', requiresArg: true, describe: 'append all messages to a file' },
      timeout: {
        type: 'number',
        requiresArg: true,
        default: 8,
        describe: 'seconds to wait for the server, to connect and to confirm',
      },
    },
    examples: [
      ['$0 --username alice', 'chat as alice'],
      ["printf 'a\\nb\\n' | $0 --type echo", 'print (echo)a and (echo)b'],
      ["$0 --send 'lunch!' tcp://192.0.2.1:4444", 'broadcast one message'],
    ],
  });
  if (parsed['send'] === '' && parsed['type'] !== 'echo') {
    throw new ExitError(exitCodes.usage, 'there is nothing to --send');
  }
  const timeoutMs = timeoutOf(parsed);
  const client = await open(parsed, timeoutMs);
  const transcript = openTranscript(parsed, client);
  try {
    return await chat(parsed, client, timeoutMs);
  } finally {
    await client.close();
    await transcript?.close();
    // The program may end before its input does.
    process.stdin.destroy();
  }
});

async function chat(
  parsed: ParsedArguments,
  client: ChatClient,
  timeoutMs: number,
): Promise<number> {
  const type = typeOf(parsed);
  const room = parsed['room'] as string;
  const format: (message: ChatMessage) => string =
    parsed['json'] === true ? messageJsonLine : messageLine;
  const text = parsed['send'] as string | undefined;
  if (text !== undefined) {
    return await runPipe(client, { lines: [text], type, room, format, timeoutMs });
  }
  if (isAtTerminal()) {
    return await runTerminal(client, { type, room, format });
  }
  return await runPipe(client, { lines: undefined, type, room, format, timeoutMs });
}

async function open(parsed: ParsedArguments, timeoutMs: number): Promise<ChatClient> {
  const name = parsed['username'] as string | undefined;
  try {
    return await connect(urlOf(parsed), {
      timeoutMs,
      clientName: `${program}/${packageVersion()}`,
      ...(name === undefined ? {} : { name }),
    });
  } catch (error) {
    if (error instanceof TypeError) throw new ExitError(exitCodes.usage, error.message);
    if (error instanceof ChatError) {
      const advice = error.suggestion === '' ? '' : `; ${error.suggestion} is free`;
      throw new ExitError(exitCodes.refused, printable(`${error.message}${advice}`));
    }
    if (error instanceof ConnectionError) {
      throw new ExitError(exitCodeOf(error), printable(error.message));
    }
    throw error;
  }
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

/** Keeps what arrives in a file, if one was asked for; in a pipe, SIGHUP opens it anew. */
function openTranscript(parsed: ParsedArguments, client: ChatClient): TranscriptFile | undefined {
  const path = parsed['transcript'] as string | undefined;
  if (path === undefined) return undefined;
  const file = new TranscriptFile(path, (problem) => {
    const text = problem === undefined ? 'is written again' : `cannot be written: ${problem}`;
    process.stderr.write(`${program}: the transcript ${text}\n`);
  });
  client.on('message', ({ content, sender, type, sentAt }) => {
    const kind = type === MessageType.ECHO ? 'echo' : 'broadcast';
    // An echo has no sender, as it can only be one's own.
    file.add({
      kind,
      sender: sender || client.name,
      content,
      sentAtMs: sentAt?.getTime() ?? Date.now(),
    });
  });
  // At a terminal the signal means that it is gone.
  if (!isAtTerminal()) process.on('SIGHUP', () => file.reopen());
  return file;
}
