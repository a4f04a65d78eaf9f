import { MessageType, type ChatMessage, type Control } from '../../../src/protocol/messages.js';
import { helloOf } from '../../support/hello.js';

/** The room that attackers are in, if it is not the lobby. Its name makes a `fetch` of 9 bytes. */
export const attackedRoom = 'abc';

/** Something that a client may ask for again and again. */
export interface RequestKind {
  /** The request; `id` may be empty. */
  readonly message: (id: string) => Partial<ChatMessage>;
  /** Field number of the control message that answers it; `text` for an echo or a delivery. */
  readonly answer: number | 'text';
  /** Whether the answer carries the id of the request. */
  readonly hasId: boolean;
  /** Whether all answers are the same, but for the id. */
  readonly isSame: boolean;
  /** Whether it is about the room of the attackers; else it is about the lobby. */
  readonly isInRoom: boolean;
  /** Whether the sessions are still to say hello. */
  readonly isGreeting?: boolean;
}

/** Field numbers in chat.proto. */
const fields = { error: 34, joined: 35, page: 36, pong: 39, memberList: 41, ack: 33 } as const;

const controls = {
  fetch: { $case: 'fetch', fetch: { room: attackedRoom, edge: undefined, limit: 0 } },
  members: { $case: 'members', members: { room: '' } },
  presence: { $case: 'join', join: { room: attackedRoom, start: undefined, presence: true } },
  history: {
    $case: 'join',
    join: { room: attackedRoom, start: { $case: 'last', last: 1_000_000 }, presence: false },
  },
  ping: { $case: 'ping', ping: { nonce: 1 } },
  takenName: {
    $case: 'hello',
    hello: helloOf({ name: 'witness-a' }),
  },
} as const satisfies Record<string, Control>;

const largeText = 'x'.repeat(3990);

/** Weapons of one frame each. */
export const requestKinds = {
  fetch: {
    message: (id) => ({ id, control: controls.fetch }),
    answer: fields.page,
    hasId: true,
    isSame: true,
    isInRoom: true,
  },
  members: {
    message: (id) => ({ id, control: controls.members }),
    answer: fields.memberList,
    hasId: true,
    isSame: true,
    isInRoom: false,
  },
  'join with presence': {
    message: (id) => ({ id, control: controls.presence }),
    answer: fields.joined,
    hasId: true,
    isSame: true,
    isInRoom: true,
  },
  'join with history': {
    message: (id) => ({ id, control: controls.history }),
    answer: fields.joined,
    hasId: true,
    isSame: true,
    isInRoom: true,
  },
  // 4,000 bytes.
  'large echo': {
    message: (id) => ({ content: id.padEnd(10, '.') + largeText }),
    answer: 'text',
    hasId: false,
    isSame: false,
    isInRoom: false,
  },
  'small broadcast': {
    message: () => ({ content: 'x', type: MessageType.BROADCAST }),
    answer: 'text',
    hasId: false,
    isSame: false,
    isInRoom: false,
  },
  ping: {
    message: (id) => ({ id, control: controls.ping }),
    answer: fields.pong,
    hasId: true,
    isSame: true,
    isInRoom: false,
  },
  // The same message again and again, as if no ack had come.
  'same id': {
    message: () => ({ content: 'x', type: MessageType.BROADCAST, id: 'once', room: attackedRoom }),
    answer: fields.ack,
    hasId: false,
    isSame: false,
    isInRoom: true,
  },
  // From sessions that are not full yet: each is refused, with a free name to take instead.
  'hello with a taken name': {
    message: (id) => ({ id, control: controls.takenName }),
    answer: fields.error,
    hasId: false,
    isSame: false,
    isInRoom: false,
    isGreeting: true,
  },
  // From full sessions: each is refused with a sentence.
  'hello again': {
    message: (id) => ({ id, control: controls.takenName }),
    answer: fields.error,
    hasId: false,
    isSame: false,
    isInRoom: false,
  },
} as const satisfies Record<string, RequestKind>;

export type RequestName = keyof typeof requestKinds;
