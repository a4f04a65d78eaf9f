import { expect } from 'chai';
import {
  MessageType,
  type ChatMessage,
  type Control,
  type ControlKind,
} from '../../src/protocol/messages.js';
import type { RawClient } from './raw-client.js';

type Of<Kind extends ControlKind> = Extract<Control, { readonly $case: Kind }>;
export type Join = Of<'join'>['join'];
export type Joined = Of<'joined'>['joined'];
export type Ack = Of<'ack'>['ack'];
export type Page = Of<'page'>['page'];
export type Presence = Of<'presence'>['presence'];
export type Edge = Of<'fetch'>['fetch']['edge'];

/** Where a join begins. */
export type Start = Join['start'];

/** After this message; without an epoch, whatever epoch there is. */
export function after(seq: number, epoch = ''): NonNullable<Start> {
  return { $case: 'after', after: { epoch, seq } };
}

/** With so many messages of history. */
export function last(count: number): NonNullable<Start> {
  return { $case: 'last', last: count };
}

export function joinOf(room: string, start?: Start, presence = false): Control {
  return { $case: 'join', join: { room, start, presence } };
}

export function leaveOf(room: string): Control {
  return { $case: 'leave', leave: { room } };
}

export function fetchOf(room: string, limit = 0, edge?: Edge): Control {
  return { $case: 'fetch', fetch: { room, edge, limit } };
}

export function membersOf(room: string): Control {
  return { $case: 'members', members: { room } };
}

/** Joins; the answer is the next thing that arrives. */
export async function join(client: RawClient, room: string, start?: Start): Promise<Joined> {
  client.control(joinOf(room, start));
  return (await client.nextControl('joined')).joined;
}

/** Leaves; the answer is the next thing that arrives. */
export async function leave(client: RawClient, room: string): Promise<void> {
  client.control(leaveOf(room));
  expect((await client.nextControl('left')).left).to.deep.equal({ room });
}

/** Fetches; the answer is the next thing that arrives. */
export async function fetchPage(
  client: RawClient,
  room: string,
  limit?: number,
  edge?: Edge,
): Promise<Page> {
  client.control(fetchOf(room, limit, edge));
  return (await client.nextControl('page')).page;
}

/** A broadcast to a room. */
export function toRoom(room: string, content: string, id = ''): Partial<ChatMessage> {
  return { content, type: MessageType.BROADCAST, room, id };
}

/** Publishes, and settles when all is accepted; what arrives until then is dropped. */
export async function publish(
  author: RawClient,
  room: string,
  contents: readonly string[],
): Promise<void> {
  publications += 1;
  const id = `publication ${publications}`;
  const end = contents.length - 1;
  author.send(...contents.map((content, index) => toRoom(room, content, index === end ? id : '')));
  await author.until(({ control }) => control?.$case === 'ack' && control.ack.id === id, id);
}

/** Its ids are never used again. */
let publications = 0;

/** The contents "1", "2" and so on. */
export function numbers(count: number, first = 1): string[] {
  return Array.from({ length: count }, (_, index) => String(first + index));
}

/** An author who has joined a new room and published so much that its newest seq is `count`. */
export async function filled(author: RawClient, room: string, count: number): Promise<RawClient> {
  author.control(joinOf(room));
  await author.untilControl('joined');
  if (count > 0) await publish(author, room, numbers(count));
  return author;
}

/** The next messages are those of this room with these seqs, whose contents are their numbers. */
export async function expectSeqs(
  client: RawClient,
  room: string,
  first: number,
  lastSeq: number,
): Promise<void> {
  for (const message of await client.nextMany(lastSeq - first + 1)) {
    const { content, seq, type } = message;
    const expected = { room, seq: first, type: MessageType.BROADCAST, content: String(first) };
    expect({ room: message.room, seq, type, content }).to.deep.equal(expected);
    first += 1;
  }
}

/** The whole numbers from `first` to `end`. */
export function range(first: number, end: number): number[] {
  return Array.from({ length: end - first + 1 }, (_, index) => first + index);
}

export function seqsOf({ messages }: Page): number[] {
  return messages.map(({ seq }) => seq);
}

/** So many messages of the room, with as much content and as long an id as there can be. */
export async function longestMessages(
  client: RawClient,
  room: string,
  character: string,
  count: number,
): Promise<void> {
  await join(client, room);
  const { contentBytesMax, idBytesMax } = client.welcome!.limits!;
  const length = Math.floor(contentBytesMax / Buffer.byteLength(character));
  const content = character.repeat(length);
  for (const number of numbers(count)) {
    client.send(toRoom(room, content, number.padStart(idBytesMax, '0')));
    await client.nextMany(2);
  }
}
