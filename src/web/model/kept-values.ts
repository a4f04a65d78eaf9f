import type { Position } from '../../client/events.js';
import { defaultLimits } from '../../protocol/limits.js';
import { isRoomName } from '../../protocol/names.js';
import type { OwnMessage } from './own-messages.js';

/** Who one is to the server on the next visit; undefined for somebody new. */
export interface KeptIdentity {
  /** Empty for a guest. */
  readonly name: string;
  readonly token: string;
}

/** The rooms one is in, how far each was read, and which was open. */
export interface KeptRooms {
  readonly rooms: readonly KeptRoom[];
  readonly current: string;
}

/** One of these rooms. */
export interface KeptRoom {
  readonly room: string;
  /** The last message that was read; undefined when nothing is known. */
  readonly read: Position | undefined;
}

/** What one has chosen for this browser. */
export interface KeptPreferences {
  readonly theme: Theme;
  readonly notifies: boolean;
}

/** Light or dark, or as the system has it. */
export type Theme = 'system' | 'light' | 'dark';

/** What was typed and not sent, by room. */
export type Drafts = Readonly<Record<string, string>>;

export function readIdentity(json: unknown): KeptIdentity | undefined {
  const fields = fieldsOf(json);
  if (typeof fields['token'] !== 'string') return undefined;
  return { name: textOf(fields['name']), token: fields['token'] };
}

export function readRooms(json: unknown): KeptRooms {
  const { rooms: all, current } = fieldsOf(json);
  const read = listOf(all).map(readRoom);
  // Otherwise the server would refuse the session for it, each time again.
  const rooms = read.filter(({ room }) => isRoomName(room, defaultLimits));
  return { rooms, current: textOf(current) };
}

export function readPreferences(json: unknown): KeptPreferences {
  const { theme, notifies } = fieldsOf(json);
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    notifies: notifies === true,
  };
}

export function readDrafts(json: unknown): Drafts {
  const drafts = Object.entries(fieldsOf(json));
  return Object.fromEntries(drafts.map(([room, text]) => [room, textOf(text)]));
}

export function readOwnMessages(json: unknown): readonly OwnMessage[] {
  return listOf(json).map((own) => {
    const { id, room, kind, content, at, delivery } = fieldsOf(own);
    const problem = textOf(fieldsOf(delivery)['problem']);
    return {
      id: textOf(id),
      room: textOf(room),
      kind: kind === 'echo' ? 'echo' : 'broadcast',
      content: textOf(content),
      at: new Date(textOf(at)),
      delivery: problem === '' ? { state: 'pending' } : { state: 'failed', problem },
    };
  });
}

function readRoom(json: unknown): KeptRoom {
  const { room, read } = fieldsOf(json);
  const { epoch, seq } = fieldsOf(read);
  const isKnown = typeof epoch === 'string' && typeof seq === 'number';
  return { room: textOf(room), read: isKnown ? { epoch, seq } : undefined };
}

function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
}

function listOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : [];
}

function textOf(json: unknown): string {
  return typeof json === 'string' ? json : '';
}
