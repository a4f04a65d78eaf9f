import { chatMessage } from '../protocol/codec.js';
import { ChatError, factsOf } from '../protocol/errors.js';
import { defaultLimits, lobbyName } from '../protocol/limits.js';
import {
  MessageType,
  type ChatMessage,
  type Control,
  type ErrorReply,
  type Limits,
  type Welcome,
} from '../protocol/messages.js';
import type { ClientEnvironment } from './environment.js';
import { chatErrorOf, closedError, ConnectionError } from './errors.js';
import type { ClientEvents, ClientState, JoinedRoom } from './events.js';
import { Identity } from './identity.js';
import { Ids } from './ids.js';
import type { Listeners } from './listeners.js';
import { controlFor, type LogChange } from './changes.js';
import {
  checkRoom,
  Outgoing,
  type ChangeOptions,
  type SendOptions,
  type Unconfirmed,
} from './outgoing.js';
import type { JoinOptions } from './place.js';
import { Reconnector, type ReconnectorOptions, type ReconnectorOwner } from './reconnector.js';
import { Requests } from './requests.js';
import { RoomDelivery } from './room-delivery.js';
import { leaveRequest, Rooms } from './rooms.js';

/** What a conversation is held with. */
export interface ConversationOptions extends ReconnectorOptions {
  readonly rooms: ReadonlyArray<readonly [room: string, options: JoinOptions]>;
  /** How many messages may be unconfirmed while there is no connection. */
  readonly unconfirmedMax: number;
}

/**
 * One session's talk with a server, over as many connections as it takes: what is asked
 * and answered, and what has to be said again on a new connection.
 */
export class Conversation implements ReconnectorOwner {
  readonly identity: Identity;
  readonly rooms = new Rooms();
  readonly requests = new Requests((control) => this.#ask(control));
  readonly outgoing: Outgoing;
  readonly connections: Reconnector;
  limits: Limits = defaultLimits;
  capabilities: readonly string[] = [];
  /** Why there will be no more; undefined before. */
  end: ConnectionError | undefined;
  readonly #listeners: Listeners<ClientEvents>;
  readonly #delivery: RoomDelivery;
  readonly #unconfirmedMax: number;
  readonly #ids: Ids;
  /** Whether the present connection takes requests. */
  #isWelcomed = false;
  readonly #requestId = (): string => this.nextId();

  constructor(
    environment: ClientEnvironment,
    options: ConversationOptions,
    identity: Identity,
    listeners: Listeners<ClientEvents>,
  ) {
    this.identity = identity;
    this.#listeners = listeners;
    this.#unconfirmedMax = options.unconfirmedMax;
    this.#ids = new Ids(environment);
    this.connections = new Reconnector(environment, options, identity, this);
    this.outgoing = new Outgoing({
      write: (message) => this.connections.write(message),
      told: (delivery) => listeners.emit('delivery', delivery),
      settle: (callback, value) => listeners.inOrder(callback, value),
    });
    this.#delivery = new RoomDelivery(this.rooms, listeners, (error) =>
      this.connections.fail(error),
    );
    for (const [room, joinOptions] of options.rooms) this.rooms.enter(room, joinOptions);
  }

  /** Takes a message and writes it, now or on the next connection. Throws when it does not. */
  send(content: string, options: SendOptions, settle: Parameters<Outgoing['add']>[3]): void {
    this.#refuseTooMany();
    const id = this.#ids.message(options);
    this.#write(this.outgoing.add(content, { ...options, id }, this.limits, settle));
  }

  #refuseTooMany(): void {
    this.#refuseAfterEnd();
    const { connections, outgoing } = this;
    if (connections.isReady || outgoing.size < this.#unconfirmedMax) return;
    const sentence = `there is no connection, and ${outgoing.size} messages are already waiting for one`;
    throw new ConnectionError('lost', sentence);
  }

  /** Writes something new; without a connection it waits for the next one. */
  #write(message: Unconfirmed): void {
    if (!this.connections.isReady || message.person > 0) return;
    this.outgoing.write(message, this.identity.personsEver, this.#epochOf(message.room));
  }

  async join(room: string, options: JoinOptions): Promise<JoinedRoom> {
    this.#refuseAfterEnd();
    const name = this.named(room);
    return await new Promise((resolve, reject) => {
      this.rooms.enter(name, options, { resolve, reject });
      // Otherwise it is asked for with the welcome.
      if (this.#isWelcomed) this.#writeAll(this.rooms.requests(this.#requestId));
    });
  }

  /** Changes a room's log, on the next connection if need be, and once. Throws when it does not. */
  change(
    room: string,
    change: LogChange,
    options: ChangeOptions,
    settle: Parameters<Outgoing['add']>[3],
  ): void {
    this.#refuseTooMany();
    const name = this.named(room);
    const request = { room: name, control: controlFor(name, change), epoch: this.#epochOf(name) };
    const id = this.#ids.message(options);
    this.#write(this.outgoing.addChange(id, request, this.limits, settle));
  }

  async leave(room: string): Promise<void> {
    this.#refuseAfterEnd();
    await new Promise<void>((resolve, reject) => {
      const name = room || lobbyName;
      const isAsked = this.rooms.place(name)?.isLeaving === true;
      if (!this.rooms.leave(name, { resolve, reject })) resolve();
      else if (this.connections.isReady && !isAsked) {
        this.connections.write(leaveRequest(name, this.nextId()));
      }
    });
  }

  /** A room's name. Throws for what cannot be one: a server might close for it. */
  named(room: string): string {
    const name = room || lobbyName;
    checkRoom(name, this.limits);
    return name;
  }

  nextId(): string {
    return this.#ids.request();
  }

  greeted(): void {
    this.#isWelcomed = false;
    this.#writeAll(this.rooms.opening(this.#requestId));
  }

  welcomed(welcome: Welcome): void {
    this.#named(() => this.identity.welcomed(welcome));
    this.limits = welcome.limits ?? defaultLimits;
    this.capabilities = welcome.capabilities;
    this.#isWelcomed = true;
    // Those that were entered since the hello was written.
    this.#writeAll(this.rooms.requests(this.#requestId));
    this.#beReadyIfJoined();
  }

  lost(error: Error): void {
    this.#isWelcomed = false;
    this.requests.lost(error);
  }

  changed(state: ClientState): void {
    this.#listeners.emit('state', state);
  }

  ended(error: ConnectionError): void {
    this.end = error;
    this.outgoing.end(error);
    this.requests.lost(error);
    this.rooms.end(error);
    this.#listeners.emit('close', error);
  }

  message(message: ChatMessage): void {
    const { control } = message;
    if (control !== undefined) {
      if (message.seq > 0) this.#delivery.change(message);
      else this.#control(control, message.id);
    } else if (message.type === MessageType.ECHO) {
      // First the event, then the promise: who waits for it finds the message told.
      this.#listeners.emit('message', message);
      this.outgoing.echoed(message.id);
    } else {
      this.#delivery.broadcast(message);
    }
  }

  /** It says nothing here, but an entry of a log has its place there. */
  unknown({ room, seq }: ChatMessage): void {
    if (seq > 0) this.#delivery.pass(room, seq);
  }

  #control(control: Control, id: string): void {
    switch (control.$case) {
      case 'ack':
        this.outgoing.acked(control.ack);
        return;
      case 'error':
        this.#refused(control.error);
        return;
      case 'joined':
        this.#joined(id, control.joined);
        return;
      case 'left':
        this.#delivery.left(control.left.room);
        return;
      case 'gap':
        // With the id of a request it belongs to a page, and moves no place.
        if (id === '') this.#delivery.gap(control.gap);
        else this.requests.missing(id, control.gap);
        return;
      case 'accountReply':
        this.#named(() => this.identity.replied(control.accountReply));
        this.requests.take(control, id);
        return;
      case 'renamed':
        // By this client, or by another one of the same person.
        this.#named(() => this.identity.named(control.renamed));
        this.requests.take(control, id);
        return;
      case 'presence':
        this.#delivery.presence(control.presence);
        return;
      case 'throttled':
        this.#listeners.emit('throttled', control.throttled.messagesPerSecond);
        return;
      default:
        // What it does not know either is a request, or what the connection has heeded.
        this.requests.take(control, id);
    }
  }

  /** Calls `change`, after which the name may be another one, and tells so. */
  #named(change: () => void): void {
    const nameBefore = this.identity.name;
    change();
    const { name } = this.identity;
    if (nameBefore !== '' && name !== nameBefore) this.#listeners.emit('renamed', name, nameBefore);
  }

  #joined(id: string, joined: JoinedRoom): void {
    this.#delivery.joined(id, joined);
    this.#beReadyIfJoined();
  }

  #refused(reply: ErrorReply): void {
    const error = chatErrorOf(reply);
    const { id } = reply;
    if (this.rooms.isJoin(id)) {
      this.#joinRefused(id, error, reply.retryable);
    } else if (!this.outgoing.refused(id, error) && !this.requests.refused(id, error)) {
      // One that closes is the reason of the loss that follows.
      if (!factsOf(error.code).closes) this.#listeners.emit('refused', error);
    }
  }

  #joinRefused(id: string, error: ChatError, isRetryable: boolean): void {
    const { connections, rooms } = this;
    const isOpening = !connections.isReady;
    if (isOpening && (isRetryable || connections.isFirst)) {
      connections.fail(error);
      return;
    }
    switch (rooms.refused(id, error)) {
      case 'left':
        if (isOpening) this.#listeners.emit('refused', error);
        this.#beReadyIfJoined();
        return;
      case 'displaced':
        connections.fail(error);
        return;
      default:
    }
  }

  /** Sends what waits once this session is in its rooms, in front of all that comes later. */
  #beReadyIfJoined(): void {
    const { connections, rooms, outgoing } = this;
    if (connections.isReady || connections.isEnding || !rooms.areJoined) return;
    outgoing.writeAll(this.identity.personsEver, (room) => this.#epochOf(room));
    this.#writeAll(rooms.leaving(this.#requestId));
    connections.ready();
  }

  #epochOf(room: string): string {
    return this.rooms.place(room)?.epoch ?? '';
  }

  /** Asks something that is not asked again on another connection; returns its id. */
  #ask(control: Control): string {
    this.#refuseAfterEnd();
    if (!this.connections.isReady) {
      throw new ConnectionError('lost', 'there is no connection now');
    }
    const id = this.nextId();
    this.connections.write(chatMessage({ id, control }));
    return id;
  }

  #writeAll(messages: readonly ChatMessage[]): void {
    for (const message of messages) this.connections.write(message);
  }

  #refuseAfterEnd(): void {
    if (this.end !== undefined) throw this.end;
    if (this.connections.isEnding) throw closedError();
  }
}
