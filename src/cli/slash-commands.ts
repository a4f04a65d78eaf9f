import { ChatError } from '../protocol/errors.js';
import type { ChatMessage } from '../protocol/messages.js';
import {
  changePassword,
  devices,
  logOut,
  register,
  type AccountContext,
} from './account-commands.js';
import { edit, remove, topic, type OwnMessages } from './change-commands.js';
import { counted } from './format.js';

/** What a slash command works on. */
export interface CommandContext extends AccountContext {
  readonly ownMessages: OwnMessages;
  /** The room that text goes to; empty for none. */
  room: string;
  /** Shows a message of history. */
  show(message: ChatMessage): void;
}

interface SlashCommand {
  /** What is typed, with what may follow. */
  readonly usage: string;
  readonly help: string;
  /** What an argument is, for completion. */
  readonly argument?: 'room';
  run(context: CommandContext, argument: string): Promise<void> | void;
}

/** How many messages `/history` shows without a number. */
const historyMessages = 20;
const historyMessagesMax = 10_000;

/** How many rooms `/rooms` shows. */
const listedRoomsMax = 50;

/** The commands about rooms and the connection; those about the prompt itself are the terminal's. */
export const slashCommands: ReadonlyMap<string, SlashCommand> = new Map<string, SlashCommand>([
  [
    '/join',
    {
      usage: '/join ROOM',
      help: 'join a room and send there',
      argument: 'room',
      run: join,
    },
  ],
  [
    '/leave',
    { usage: '/leave [ROOM]', help: 'leave this room, or another', argument: 'room', run: leave },
  ],
  ['/rooms', { usage: '/rooms [PREFIX]', help: 'list the rooms of the server', run: listRooms }],
  ['/who', { usage: '/who [ROOM]', help: 'list who is in a room', argument: 'room', run: who }],
  [
    '/history',
    { usage: '/history [N]', help: 'show the last messages of this room', run: history },
  ],
  [
    '/topic',
    {
      usage: '/topic [TEXT]',
      help: 'show or set the topic of this room; - removes it',
      run: topic,
    },
  ],
  ['/edit', { usage: '/edit [#N] TEXT', help: 'change your last message, or number N', run: edit }],
  [
    '/delete',
    { usage: '/delete [#N]', help: 'remove your last message, or number N', run: remove },
  ],
  [
    '/register',
    { usage: '/register [NAME]', help: 'get an account: a name for ever', run: register },
  ],
  ['/password', { usage: '/password', help: 'change your password', run: changePassword }],
  ['/devices', { usage: '/devices', help: 'list where you are logged in', run: devices }],
  [
    '/logout',
    { usage: '/logout [N|others]', help: 'log out here, device N, or all others', run: logOut },
  ],
  ['/nick', { usage: '/nick NAME', help: 'change your name', run: nick }],
  [
    '/reconnect',
    {
      usage: '/reconnect',
      help: 'reconnect now',
      run: ({ client }) => client.reconnect(),
    },
  ],
]);

/** Runs a command; what goes wrong is said. */
export async function runSlashCommand(
  command: string,
  argument: string,
  context: CommandContext,
): Promise<void> {
  try {
    await slashCommands.get(command)?.run(context, argument);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const advice =
      error instanceof ChatError && error.suggestion !== '' ? `; ${error.suggestion} is free` : '';
    context.notice(`${command}: ${error.message}${advice}`);
  }
}

async function join(context: CommandContext, room: string): Promise<void> {
  const { client } = context;
  if (room === '') {
    context.notice('usage: /join ROOM');
    return;
  }
  if (!client.rooms.some((one) => one.room === room)) await client.join(room);
  context.room = room;
  context.notice(`you are in ${room} now`);
}

async function leave(context: CommandContext, argument: string): Promise<void> {
  const { client } = context;
  const room = argument || context.room;
  if (!client.rooms.some((one) => one.room === room)) {
    context.notice(`you are not in ${room || 'any room'}`);
    return;
  }
  await client.leave(room);
  if (context.room !== room) return;
  context.room = client.rooms[0]?.room ?? '';
  context.notice(context.room === '' ? 'you are in no room now' : `you are in ${context.room} now`);
}

async function listRooms(context: CommandContext, prefix: string): Promise<void> {
  const { client, room: here } = context;
  const joined = new Set(client.rooms.map(({ room }) => room));
  const { rooms, end } = await client.listRooms({ prefix, limit: listedRoomsMax });
  const listed = new Set(rooms.map(({ name }) => name));
  for (const { name, topic: about, people, headSeq } of rooms) {
    const where = name === here ? ' (here)' : joined.has(name) ? ' (joined)' : '';
    const facts = `${counted(people, 'person', 'people')}, ${counted(headSeq, 'entry', 'entries')}`;
    context.notice(`${name}${where}: ${facts}${about === '' ? '' : `, ${about}`}`);
  }
  // Nothing was said there yet.
  const others = [...joined].filter((name) => name.startsWith(prefix) && !listed.has(name));
  if (end && others.length > 0) context.notice(`joined, without messages: ${others.join(', ')}`);
  if (!end)
    context.notice(`there are more rooms; /rooms PREFIX lists those that begin with PREFIX`);
  if (rooms.length + others.length === 0) context.notice('there are no such rooms');
}

async function who(context: CommandContext, argument: string): Promise<void> {
  const room = argument || context.room;
  const { names, count } = await context.client.members(room);
  const list = names.length > 0 ? `: ${names.toSorted().join(', ')}` : '';
  context.notice(`${counted(count, 'person', 'people')} in ${room}${list}`);
}

async function history(context: CommandContext, argument: string): Promise<void> {
  const { client, room } = context;
  const wanted = argument === '' ? historyMessages : Number(argument);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > historyMessagesMax) {
    context.notice(`/history takes a number from 1 to ${historyMessagesMax}`);
    return;
  }
  const pages: ChatMessage[] = [];
  let edge = {};
  for (;;) {
    const page = await client.history(room, { ...edge, limit: wanted - pages.length });
    pages.unshift(...page.messages);
    if (page.end || page.firstSeq === 0 || pages.length >= wanted) break;
    edge = { before: page.firstSeq };
  }
  for (const message of pages) context.show(message);
  if (pages.length === 0) context.notice(`there are no messages in ${room}`);
}

async function nick(context: CommandContext, name: string): Promise<void> {
  if (name === '') context.notice('usage: /nick NAME');
  else await context.client.rename(name);
}
