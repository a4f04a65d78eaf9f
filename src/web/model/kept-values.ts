import type { Position } from '../../client/events.js';
import { defaultLimits } from '../../protocol/limits.js';
import { isRoomName } from '../../protocol/names.js';
import type { OwnMessage } from './own-messages.js';

/** Who one is to the server on the next visit; undefined for somebody new. */
export interface KeptIdentity {
  readonly name: string;
  readonly token: string;
  /** Made up by the page for each person that it has been; the claim of one who chose a name. */
  readonly person: string;
}

/** A tab, as the server knows it, and what it has sent. */
export interface KeptTab {
  /** See Hello.device in chat.proto; empty before there was a tab. */
  readonly device: string;
  /** Who has sent the messages; see `KeptIdentity`. */
  readonly person: string;
  /** What is not confirmed. */
  readonly messages: readonly OwnMessage[];
}

/** What a tab knows of the page that it has shown before. */
export interface KeptVisit {
  /** The number of its place among the tabs of this browser; 0 for none. */
  readonly slot: number;
  /** Whether that page is gone. Otherwise it was a page that this tab is a copy of, or it crashed. */
  readonly hasLeft: boolean;
  /** The room that was open. */
  readonly room: string;
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
  const { name, token, person } = fieldsOf(json);
  if (typeof token !== 'string') return undefined;
  return { name: textOf(name), token, person: textOf(person) };
}

export function readTab(json: unknown): KeptTab {
  const { device, person, messages } = fieldsOf(json);
  return {
    device: textOf(device),
    person: textOf(person),
    messages: listOf(messages).map(readOwnMessage),
  };
}

export function readVisit(json: unknown): KeptVisit {
  const { slot, hasLeft, room } = fieldsOf(json);
  return {
    slot: typeof slot === 'number' ? slot : 0,
    hasLeft: hasLeft === true,
    room: textOf(room),
  };
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

function readOwnMessage(json: unknown): OwnMessage {
  const { id, room, kind, content, at, delivery } = fieldsOf(json);
  const problem = textOf(fieldsOf(delivery)['problem']);
  return {
    id: textOf(id),
    room: textOf(room),
    kind: kind === 'echo' ? 'echo' : 'broadcast',
    content: textOf(content),
    at: new Date(textOf(at)),
    delivery: problem === '' ? { state: 'pending' } : { state: 'failed', problem },
  };
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
