import { ClientAccount } from './account.js';
import type { ChatMessage, Limits } from '../protocol/messages.js';
import { lobbyName } from '../protocol/limits.js';
import type { LogChange } from './changes.js';
import { Conversation } from './conversation.js';
import { platformEnvironment, type ClientEnvironment } from './environment.js';
import type { Ack, ClientEvents, ClientState, Delivery, JoinedRoom, Position } from './events.js';
import { Identity } from './identity.js';
import { Listeners } from './listeners.js';
import { MessageQueue } from './message-queue.js';
import { ClientOperator } from './operator.js';
import type { ChangeOptions, SendOptions } from './outgoing.js';
import type { ConnectOptions, RoomToJoin } from './connect-options.js';
import type { JoinOptions } from './place.js';
import type {
  HistoryOptions,
  HistoryPage,
  RoomListOptions,
  RoomMembers,
  RoomPage,
} from './requests.js';
import type { Dial } from './stream.js';

/** A room that a client is in, or is entering. */
export interface RoomPlace {
  readonly room: string;
  /** The last message of it that was delivered; undefined before the first `joined`. */
  readonly position: Position | undefined;
  /** What it is about; empty for nothing. */
  readonly topic: string;
}

const defaultTimeoutMs = 8000;
const defaultUnconfirmedMax = 10_000;

/**
 * One session on a server, which outlives its connections. Made by `connect`:
 *
 *     const client = await connect('tcp://127.0.0.1:4444', { name: 'alice' });
 *     client.on('message', (message) => console.log(message.sender, message.content));
 *     const { seq } = await client.send('hello');
 *     await client.close();
 *
 * or, instead of events, `for await (const message of client)`. When the connection is
 * lost it makes another one, goes on in each room after the last message that it got,
 * and sends again what was not confirmed: every message of a room comes once and in
 * order, or an event `gap` says which do not. The protocol behind it is that of full
 * sessions in chat.proto.
 */
export class ChatClient implements AsyncIterable<ChatMessage>, AsyncDisposable {
  readonly #listeners: Listeners<ClientEvents>;
  readonly #conversation: Conversation;

  private constructor(listeners: Listeners<ClientEvents>, conversation: Conversation) {
    this.#listeners = listeners;
    this.#conversation = conversation;
  }

  /**
   * Connects with the given way of dialling; settles when the client is in its rooms.
   *
   * Rejects with `ConnectionError` (any kind but `closed`), or with `ChatError`
   * when the server refuses, a name that is in use for instance. Then it does not try
   * again.
   */
  static async connect(
    url: URL,
    dial: Dial,
    options: ConnectOptions = {},
    environment: ClientEnvironment = platformEnvironment,
  ): Promise<ChatClient> {
    const { name = '', token = '', claim = '', password = '', jwt = '' } = options;
    const { device = '', clientName = '' } = options;
    const { rooms = [lobbyName] } = options;
    const listeners = new Listeners<ClientEvents>();
    const conversation = new Conversation(
      environment,
      {
        url,
        dial,
        timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
        reconnect: options.reconnect ?? true,
        unconfirmedMax: options.unconfirmedMax ?? defaultUnconfirmedMax,
        rooms: rooms.map(roomToJoin),
      },
      new Identity({ name, token, claim, password, jwt, device, clientName }, environment),
      listeners,
    );
    listeners.hold();
    await conversation.connections.start();
    // Whoever awaits this adds listeners at once; what has arrived is told then.
    environment.after(0, () => listeners.release());
    return new ChatClient(listeners, conversation);
  }

  /** The name, as others see it. */
  get name(): string {
    return this.#conversation.identity.name;
  }

  /** Makes a later client the same person; see `ConnectOptions.token`. A secret. */
  get token(): string {
    return this.#conversation.identity.token;
  }

  /** The account of the person, if it has one, or gets one. */
  get account(): ClientAccount {
    const { requests, identity } = this.#conversation;
    return new ClientAccount(requests, identity);
  }

  /** What somebody can do who runs the server; everybody else is refused. */
  get operator(): ClientOperator {
    return new ClientOperator(this.#conversation.requests);
  }

  /** What the server holds the session to. */
  get limits(): Limits {
    return this.#conversation.limits;
  }

  /** What the server can do beyond the first version of the protocol; see chat.proto, Hello. */
  get capabilities(): readonly string[] {
    return this.#conversation.capabilities;
  }

  /** What the client does about its connection now. */
  get state(): ClientState {
    return this.#conversation.connections.state;
  }

  /** The rooms that the client is in, and where it is there. */
  get rooms(): readonly RoomPlace[] {
    const all = this.#conversation.rooms.entries();
    return all.map(([room, { position, topic }]) => ({ room, position, topic }));
  }

  /** The own messages that are not confirmed yet, in the order in which they were sent. */
  get unconfirmed(): readonly Delivery[] {
    return this.#conversation.outgoing.list();
  }

  /**
   * Sends a text. Settles when the server has confirmed it: a broadcast is stored then
   * and has its number, an echo has come back (its `Ack` has the number 0). Without a
   * connection it waits for the next one.
   *
   * Rejects with `ChatError` when it is refused, and with `ConnectionError` when the
   * client ends before, or when too many messages wait for a connection already.
   */
  send(content: string, options: SendOptions = {}): Promise<Ack> {
    // Not async, which would make a second promise for every message.
    return new Promise((resolve, reject) => {
      this.#conversation.send(content, options, { resolve, reject });
    });
  }

  /**
   * Enters a room, or moves within its history: `{ last: 50 }` begins with the last 50
   * messages, `{ after: position }` after a position, neither with the next message.
   * Settles when the client is there, on the next connection if need be; messages that
   * arrive with the answer are told before that.
   *
   * Rejects with `ChatError` when it is refused, with `ConnectionError` when the client ends.
   */
  async join(room: string, options: JoinOptions = {}): Promise<JoinedRoom> {
    return await this.#conversation.join(room, options);
  }

  /**
   * Gives one of this person's messages another content. Settles when it is stored, over lost
   * connections like `send`. What has failed may have been stored all the same; with the same
   * `id` it can be asked for again, and is done once.
   *
   * Rejects with `ChatError`, among others with NO_SUCH_MESSAGE and NOT_YOURS, and with
   * `ConnectionError` when the client ends before.
   */
  async edit(
    room: string,
    seq: number,
    content: string,
    options: ChangeOptions = {},
  ): Promise<Ack> {
    return await this.#change(room, { kind: 'edit', seq, content }, options);
  }

  /** Removes the content of one of this person's messages, for everybody. Settles as `edit` does. */
  async remove(room: string, seq: number, options: ChangeOptions = {}): Promise<Ack> {
    return await this.#change(room, { kind: 'remove', seq }, options);
  }

  /** Says what a room is about. Settles as `edit` does. */
  async setTopic(room: string, topic: string, options: ChangeOptions = {}): Promise<Ack> {
    return await this.#change(room, { kind: 'topic', topic }, options);
  }

  #change(room: string, change: LogChange, options: ChangeOptions): Promise<Ack> {
    return new Promise((resolve, reject) => {
      this.#conversation.change(room, change, options, { resolve, reject });
    });
  }

  /** Leaves a room, after what was sent to it before. Settles when nothing comes from it any more. */
  async leave(room: string): Promise<void> {
    await this.#conversation.leave(room);
  }

  /**
   * A page of a room's history; the client's place there does not move.
   *
   * Rejects with `ChatError` when it is refused, and with `ConnectionError` when the
   * connection is lost before the answer has come, or there is none.
   */
  async history(room: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    const { requests } = this.#conversation;
    return await requests.history(this.#conversation.named(room), options);
  }

  /** Who is in a room. Rejects as `history` does. */
  async members(room: string): Promise<RoomMembers> {
    return await this.#conversation.requests.members(this.#conversation.named(room));
  }

  /** Lists the rooms of the server in which anything was ever said. Rejects as `history` does. */
  async listRooms(options: RoomListOptions = {}): Promise<RoomPage> {
    return await this.#conversation.requests.listRooms(options);
  }

  /**
   * Takes another name, in all rooms and for all clients of this person; an empty one gives the
   * name up, so that others may have it. Settles when others see it.
   *
   * Rejects with `ChatError` when the name is refused, and with `ConnectionError` when there is
   * no connection, or when it is lost before the answer has come; then the name may have
   * changed all the same, and an event `renamed` says so.
   */
  async rename(name: string): Promise<void> {
    await this.#conversation.requests.rename(name);
  }

  /** Connects anew at once, instead of waiting for the next attempt, or to be on the safe side. */
  reconnect(): void {
    this.#conversation.connections.reconnect();
  }

  /** Has a function called with each event of that kind; returns a function that ends that. */
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (...args: ClientEvents[Name]) => void,
  ): () => void {
    return this.#listeners.on(name, listener);
  }

  /**
   * All messages from now on, until the client is closed, over lost connections. Throws
   * the `ConnectionError` when there will be no other connection. What the loop has not
   * taken yet is kept in memory.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ChatMessage> {
    const queue = new MessageQueue<ChatMessage>(() => {
      stopMessages();
      stopClose();
    });
    const stopMessages = this.on('message', (message) => queue.push(message));
    const end = (error: Error & { kind: string }): void => {
      queue.end(error.kind === 'closed' ? undefined : error);
    };
    const stopClose = this.on('close', end);
    if (this.#conversation.end !== undefined) end(this.#conversation.end);
    return queue;
  }

  /**
   * Sends what is on its way, closes, and settles when the connection is gone. What
   * waits for a connection fails.
   */
  async close(): Promise<void> {
    await this.#conversation.connections.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function roomToJoin(entry: string | RoomToJoin): readonly [string, JoinOptions] {
  return typeof entry === 'string' ? [entry || lobbyName, {}] : [entry.room || lobbyName, entry];
}
