import { ConnectionError } from './errors.js';
import {
  MessageType,
  type AccountReply,
  type ChatMessage,
  type Control,
  type LoggedIn,
  type OperatorReply,
  type Renamed,
} from '../protocol/messages.js';
import type { RoomGap } from './events.js';
import { namesOf } from './room-delivery.js';

/** A page of a room's history. */
export interface HistoryPage {
  /** Oldest first. Entries of other kinds are left out: a page may hold nothing else. */
  readonly messages: readonly ChatMessage[];
  /** The numbers of messages that were removed, in the place of which there is nothing else. */
  readonly removed: readonly number[];
  /** The numbers of the first and the last entry of the page, whatever they are; 0 for none. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Whether there is nothing beyond, in the direction asked for. */
  readonly end: boolean;
  /** The epoch of the room's log. */
  readonly epoch: string;
  /** The oldest message that the server still has; what was asked for below has expired. */
  readonly tailSeq: number;
  /**
   * Messages that are damaged on the server and cannot be read any more, between the edge that
   * was asked for and the page; undefined when there are none.
   */
  readonly damaged?: RoomGap;
}

/** Who is in a room. */
export interface RoomMembers {
  /** Everybody, or nobody when there are too many to be listed. */
  readonly names: readonly string[];
  readonly count: number;
}

/** A room, as it is listed. */
export interface ListedRoom {
  readonly name: string;
  /** What it is about; empty for nothing. */
  readonly topic: string;
  /** How many people are there. */
  readonly people: number;
  /** The newest number in its log. */
  readonly headSeq: number;
}

/** A page of the list of rooms. */
export interface RoomPage {
  /** In the order of their names. */
  readonly rooms: readonly ListedRoom[];
  /** Whether there are no more after these. */
  readonly end: boolean;
}

/** Which rooms to list. */
export interface RoomListOptions {
  /** The beginning of their names. */
  readonly prefix?: string;
  /** The room after which to begin. */
  readonly after?: string;
  /** How many at most; as many as fit by default. */
  readonly limit?: number;
}

/** The answers to requests that are not repeated when a connection is lost. */
interface Answers {
  page: HistoryPage;
  memberList: RoomMembers;
  renamed: Renamed;
  roomList: RoomPage;
  accountReply: AccountResult;
  operatorReply: OperatorResult;
}

type AccountResult = NonNullable<AccountReply['result']>;
type AccountAction = NonNullable<Extract<Control, { $case: 'account' }>['account']['action']>;

export type OperatorResult = NonNullable<OperatorReply['result']>;
export type OperatorAction = NonNullable<
  Extract<Control, { $case: 'operator' }>['operator']['action']
>;

/** Some device or program that is logged in. */
export interface LoginInfo {
  readonly loginId: string;
  /** The device, program and version, and address that it has come with. */
  readonly device: string;
  readonly client: string;
  readonly address: string;
  readonly beganAt: Date | undefined;
  readonly usedAt: Date | undefined;
  /** Whether it is connected now. */
  readonly isHere: boolean;
}

interface Waiter {
  readonly kind: keyof Answers;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
  /** What was told to be missing before the answer. */
  gap?: RoomGap;
}

/** Which page of history to read. */
export interface HistoryOptions {
  /** The newest messages with a smaller number; without this and `after`, the newest of all. */
  readonly before?: number;
  /** The oldest messages with a greater number, instead. */
  readonly after?: number;
  /** How many at most; as many as fit by default. */
  readonly limit?: number;
}

/** The questions that wait for an answer on this connection, by their ids. */
export class Requests {
  readonly #ask: (control: Control) => string;
  readonly #waiting = new Map<string, Waiter>();

  /** `ask` sends a request and returns its id, or throws when there is no connection. */
  constructor(ask: (control: Control) => string) {
    this.#ask = ask;
  }

  async history(room: string, { before, after, limit = 0 }: HistoryOptions): Promise<HistoryPage> {
    const edge =
      before === undefined
        ? after === undefined
          ? undefined
          : ({ $case: 'after', after } as const)
        : ({ $case: 'before', before } as const);
    return await this.#answer('page', { $case: 'fetch', fetch: { room, edge, limit } });
  }

  async members(room: string): Promise<RoomMembers> {
    return await this.#answer('memberList', { $case: 'members', members: { room } });
  }

  async rename(name: string): Promise<void> {
    await this.#answer('renamed', { $case: 'rename', rename: { name } });
  }

  async listRooms({ prefix = '', after = '', limit = 0 }: RoomListOptions): Promise<RoomPage> {
    return await this.#answer('roomList', {
      $case: 'listRooms',
      listRooms: { prefix, after, limit },
    });
  }

  async register(name: string, password: string): Promise<LoggedIn> {
    return await this.#logIn({ $case: 'register', register: { name, password } });
  }

  async changePassword(before: string, password: string): Promise<LoggedIn> {
    const changePassword = { before, password };
    return await this.#logIn({ $case: 'changePassword', changePassword });
  }

  async logins(): Promise<readonly LoginInfo[]> {
    const result = await this.#account({ $case: 'listLogins', listLogins: {} });
    return result.$case === 'loginList' ? result.loginList.logins : [];
  }

  async endLogin(loginId: string): Promise<number> {
    const result = await this.#account({ $case: 'endLogin', endLogin: { loginId } });
    return result.$case === 'loginEnded' ? result.loginEnded.count : 0;
  }

  async #logIn(action: AccountAction): Promise<LoggedIn> {
    const result = await this.#account(action);
    if (result.$case === 'loggedIn') return result.loggedIn;
    throw new ConnectionError('lost', 'the peer is not a tcp-chat server');
  }

  async #account(action: AccountAction): Promise<AccountResult> {
    return await this.#answer('accountReply', { $case: 'account', account: { action } });
  }

  async operate(action: OperatorAction): Promise<OperatorResult> {
    return await this.#answer('operatorReply', { $case: 'operator', operator: { action } });
  }

  /** Asks, and waits for the answer of that kind. */
  async #answer<Kind extends keyof Answers>(kind: Kind, control: Control): Promise<Answers[Kind]> {
    const id = this.#ask(control);
    return await new Promise<Answers[Kind]>((resolve, reject) => {
      this.#waiting.set(id, { kind, resolve, reject });
    });
  }

  /** Messages are missing before the page that will answer a request. */
  missing(id: string, gap: RoomGap): void {
    const waiter = this.#waiting.get(id);
    if (waiter?.kind === 'page') waiter.gap = gap;
  }

  /** Something has come that may be an answer. */
  take(control: Control, id: string): void {
    switch (control.$case) {
      case 'page':
        this.#answered('page', id, historyPage(control.page));
        return;
      case 'memberList': {
        const { members, count } = control.memberList;
        this.#answered('memberList', id, { names: namesOf(members), count });
        return;
      }
      case 'renamed':
        this.#answered('renamed', id, control.renamed);
        return;
      case 'roomList':
        this.#answered('roomList', id, control.roomList);
        return;
      case 'accountReply':
        if (control.accountReply.result === undefined) return;
        this.#answered('accountReply', id, control.accountReply.result);
        return;
      case 'operatorReply':
        if (control.operatorReply.result === undefined) return;
        this.#answered('operatorReply', id, control.operatorReply.result);
        return;
      default:
    }
  }

  #answered<Kind extends keyof Answers>(kind: Kind, id: string, answer: Answers[Kind]): void {
    const waiter = this.#waiting.get(id);
    if (waiter?.kind !== kind) return;
    this.#waiting.delete(id);
    const { gap: damaged } = waiter;
    const whole = damaged === undefined ? answer : { ...answer, damaged };
    (waiter.resolve as (answer: Answers[Kind]) => void)(whole);
  }

  /** A request was refused; returns whether it is one of these. */
  refused(id: string, error: Error): boolean {
    const waiter = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiter?.reject(error);
    return waiter !== undefined;
  }

  /** The connection is gone. They may be asked again; nothing has changed by them. */
  lost(error: Error): void {
    const lost =
      error instanceof ConnectionError
        ? error
        : new ConnectionError('lost', error.message, { cause: error });
    for (const { reject } of this.#waiting.values()) reject(lost);
    this.#waiting.clear();
  }
}

/** What is asked for, of what was answered. */
function historyPage(page: Extract<Control, { $case: 'page' }>['page']): HistoryPage {
  const { messages: entries, end, epoch, tailSeq } = page;
  const messages = entries.filter(isMessage);
  const firstSeq = entries[0]?.seq ?? 0;
  const removed = entries.filter(isRemains).map(({ seq }) => seq);
  return { messages, removed, firstSeq, lastSeq: entries.at(-1)?.seq ?? 0, end, epoch, tailSeq };
}

/** Whether an entry of a log is a message, and not of a kind that says something else. */
function isMessage({ type, control }: ChatMessage): boolean {
  return type === MessageType.BROADCAST && control === undefined;
}

/** Whether an entry is what is left of a message that was removed. */
function isRemains({ seq, control }: ChatMessage): boolean {
  return control?.$case === 'removed' && control.removed.seq === seq;
}
