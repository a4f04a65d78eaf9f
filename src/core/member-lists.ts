import { chatMessage } from '../protocol/codec.js';
import { SharedMessage } from '../protocol/encodings.js';
import { lobbyName, type SessionLimits } from '../protocol/limits.js';
import type { Control, Member } from '../protocol/messages.js';
import { utf8Bytes } from '../protocol/utf8.js';
import type { Attendance } from './subscriber.js';

/** A tag and a length in front of a member and of the name in it; what a frame has besides. */
const memberHeadBytesMax = 6;
const frameHeadBytesMax = 256;

/** A list counts as one more message for so many names. */
const membersPerWeight = 100;

/** How many people are listed, and in which size. */
export type ListLimits = Pick<SessionLimits, 'membersListedMax' | 'frameBytesMax'>;

/**
 * Who is in a room, as it is told: made and encoded once until it changes, for whoever asks
 * and however often. A list of a thousand names costs as much as a hundred messages.
 */
export class MemberLists {
  readonly #room: Pick<Attendance, 'name' | 'members' | 'peopleCount'>;
  readonly #limits: ListLimits;
  /** Null while nobody has asked since the last change. */
  #members: readonly Member[] | undefined | null = null;
  #answer: SharedMessage | undefined;
  #snapshot: SharedMessage | undefined;

  constructor(room: Pick<Attendance, 'name' | 'members' | 'peopleCount'>, limits: ListLimits) {
    this.#room = room;
    this.#limits = limits;
  }

  /** Somebody came, went, or has another name. */
  changed(): void {
    this.#members = null;
    this.#answer = undefined;
    this.#snapshot = undefined;
  }

  /** Everybody in the room, or undefined if that is too much to be told. */
  get members(): readonly Member[] | undefined {
    if (this.#members === null) this.#members = this.#list();
    return this.#members;
  }

  /** The answer to `members`, without its id. */
  get answer(): SharedMessage {
    return (this.#answer ??= this.#message((members, count) => {
      return { $case: 'memberList', memberList: { room: this.#room.name, members, count } };
    }));
  }

  /** All of it as `Presence`. */
  get snapshot(): SharedMessage {
    return (this.#snapshot ??= this.#message((joined, count) => {
      const presence = {
        room: this.#room.name,
        joined,
        left: [],
        count,
        snapshot: true,
        renamed: [],
      };
      return { $case: 'presence', presence };
    }));
  }

  /** Whether a frame can hold these members. */
  fits(members: readonly Member[]): boolean {
    let bytes = frameHeadBytesMax;
    for (const { name } of members) bytes += utf8Bytes(name) + memberHeadBytesMax;
    return bytes <= this.#limits.frameBytesMax;
  }

  #list(): readonly Member[] | undefined {
    const { members, peopleCount } = this.#room;
    if (peopleCount > this.#limits.membersListedMax) return undefined;
    const names = new Set<string>();
    for (const { name } of members) names.add(name);
    const list = Array.from(names, (name) => ({ name }));
    return this.fits(list) ? list : undefined;
  }

  #message(control: (members: Member[], count: number) => Control): SharedMessage {
    const members = [...(this.members ?? [])];
    return new SharedMessage(chatMessage({ control: control(members, this.#room.peopleCount) }));
  }
}

/** As how many more messages a list of those in a room counts; it may be no room that is open. */
export function listWeight(
  rooms: { get(name: string): Pick<Attendance, 'members'> | undefined },
  room: string,
): number {
  return Math.floor((rooms.get(room || lobbyName)?.members.size ?? 0) / membersPerWeight);
}
