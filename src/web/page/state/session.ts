import { batch, computed, effect, signal, type ReadonlySignal } from '@preact/signals';
import {
  MessageType,
  type ChatClient,
  type ChatMessage,
  type ClientState,
  type ConnectionError,
  type EditedMessage,
  type RemovedMessage,
} from '../../../client/index.js';
import { isRemoved, type MessageChange } from '../../model/changes.js';
import { mergedRooms } from '../../model/kept-rooms.js';
import type { KeptIdentity, KeptRoom } from '../../model/kept-values.js';
import { mentions } from '../../model/mention.js';
import type { OwnMessage } from '../../model/own-messages.js';
import { counted, gapSentence, problemOf } from '../../model/sentences.js';
import type { Announcer } from './announcer.js';
import type { Attention } from './attention.js';
import type { KeptHere } from './kept-here.js';
import { Editing } from './editing.js';
import { Outbox } from './outbox.js';
import { Room } from './room.js';
import type { Tab } from './tab.js';

/** What a session is held with. */
export interface SessionParts {
  readonly client: ChatClient;
  /** Who this is; see `KeptIdentity`. */
  readonly person: string;
  readonly tab: Tab;
  readonly kept: KeptHere;
  readonly announcer: Announcer;
  readonly attention: Attention;
  /** A message that speaks of this person has come while they were not looking. */
  readonly mentioned: (message: ChatMessage) => void;
}

/** One person's session: the rooms they are in, and what the client tells of them. */
export class Session {
  readonly client: ChatClient;
  readonly outbox: Outbox;
  readonly editing: Editing;
  readonly name = signal('');
  /** The log-in that it belongs to; empty for a guest's. */
  readonly loginId = signal('');
  readonly connection = signal<ClientState>({ kind: 'open' });
  /** Why there will be no other connection; undefined while there may be. */
  readonly end = signal<ConnectionError | undefined>(undefined);
  /** What the next message is sent as. */
  readonly sendsAs = signal<OwnMessage['kind']>('broadcast');
  readonly rooms = signal<readonly Room[]>([]);
  readonly current: ReadonlySignal<Room | undefined>;
  readonly unread: ReadonlySignal<number>;
  readonly #parts: SessionParts;
  readonly #currentName = signal('');
  #keptToken: string;
  /** The rooms of which what comes now was missed while there was no connection. */
  readonly #catchingUp = new Set<string>();
  readonly #stopKeeping: () => void;
  readonly #stops: Array<() => void> = [];

  constructor(parts: SessionParts) {
    const { client, kept, tab, person } = parts;
    this.#parts = parts;
    this.client = client;
    this.outbox = new Outbox(client, tab, person, (own) =>
      this.room(own.room)?.echoed(own.content),
    );
    this.editing = new Editing(client);
    this.name.value = client.name;
    this.loginId.value = client.account.loginId;
    this.#keptToken = client.token;
    const { rooms, current } = kept.rooms.read();
    const keptRooms = new Map(rooms.map((one) => [one.room, one]));
    this.rooms.value = client.rooms.map(({ room }) =>
      this.#newRoom(keptRooms.get(room) ?? { room, read: undefined }),
    );
    this.current = computed(() => {
      const all = this.rooms.value;
      return all.find(({ name }) => name === this.#currentName.value) ?? all[0];
    });
    this.unread = computed(() =>
      this.rooms.value.reduce((sum, { unread }) => sum + unread.value, 0),
    );
    this.#currentName.value = kept.visit.read().room || current;
    this.#listen();
    this.#stopKeeping = this.#keep();
  }

  /** Who this is on the next visit. */
  get identity(): KeptIdentity {
    return { name: this.name.value, token: this.client.token, person: this.#parts.person };
  }

  /** The client is logged in, otherwise than before perhaps. */
  loggedIn(): void {
    this.#takeName(this.client.name);
  }

  /** A room that one is in. */
  room(name: string): Room | undefined {
    return this.rooms.value.find((room) => room.name === name);
  }

  /** Whether this person has sent the message. */
  isOwn({ sender, id }: ChatMessage): boolean {
    // Under an earlier name of one's own somebody else may write now.
    return sender === this.name.value || this.outbox.hasSent(id);
  }

  /** The newest of the own messages that a room shows. */
  lastOwn(room: Room): ChatMessage | undefined {
    const messages = room.window.value?.messages ?? [];
    return messages.findLast((message) => this.isOwn(message) && !isRemoved(message));
  }

  /** Turns to a room. */
  show(name: string): void {
    const room = this.room(name);
    if (room === undefined || room === this.current.value) return;
    room.enter();
    this.#currentName.value = name;
  }

  /** Turns to the room that many places further down the list. */
  showNext(places: number): void {
    const all = this.rooms.value;
    const index = all.findIndex((room) => room === this.current.value);
    const next = all[(index + places + all.length) % all.length];
    if (next !== undefined) this.show(next.name);
  }

  /** What was read in another tab is not new here. */
  readElsewhere(): void {
    for (const kept of this.#parts.kept.rooms.read().rooms) {
      this.room(kept.room)?.readElsewhere(kept);
    }
  }

  /** Enters a room and turns to it. Rejects when it is refused, or without a connection. */
  async join(name: string): Promise<void> {
    if (this.room(name) === undefined) {
      this.#needConnection();
      // When that settles, the client has told of it, and so there is a room to show.
      await this.client.join(name, { last: 0, presence: true });
    }
    this.show(name);
  }

  /** Leaves a room; says so where that cannot be. */
  async leave(name: string): Promise<void> {
    try {
      this.#needConnection();
      await this.client.leave(name);
    } catch (error) {
      this.#parts.announcer.notice(problemOf(error));
    }
  }

  /** Ends what this session does; the client is closed as well. */
  async close(): Promise<void> {
    this.#stopKeeping();
    for (const stop of this.#stops) stop();
    await this.client.close();
  }

  #listen(): void {
    const { client } = this;
    this.#stops.push(
      client.on('joined', (joined) => {
        const room = this.#roomOf(joined.room);
        const isFirst = !room.isJoined.value;
        room.joined(joined);
        if (isFirst) this.outbox.entered(joined.room);
        if (isFirst && room === this.current.value) room.enter();
      }),
      client.on('left', (name) => {
        this.rooms.value = this.rooms.value.filter((room) => room.name !== name);
        this.outbox.left(name);
      }),
      client.on('message', (message) => this.#arrived(message)),
      client.on('edited', (change) => this.#changed(change, { ...change, kind: 'edited' })),
      client.on('removed', (change) => this.#changed(change, { ...change, kind: 'removed' })),
      client.on('topic', ({ room, entrySeq, sender, topic }) => {
        this.room(room)?.topicChanged(entrySeq, sender, topic);
        this.outbox.passed(room, entrySeq);
      }),
      client.on('gap', (gap) => {
        this.room(gap.room)?.gap(gap);
        this.#parts.announcer.notice(`#${gap.room}: ${gapSentence(gap)}`);
      }),
      client.on('caughtUp', ({ room, messages }) => this.#caughtUp(room, messages)),
      client.on('presence', (change) => this.room(change.room)?.present(change)),
      client.on('renamed', (name, before) => {
        this.#takeName(name);
        this.#parts.announcer.notice(`you are ${name} now, not ${before}`);
      }),
      client.on('refused', (error) => this.#parts.announcer.notice(`refused: ${error.message}`)),
      client.on('throttled', (rate) =>
        this.#parts.announcer.notice(
          `you are sending too fast; the server reads ${counted(rate, 'message')} per second`,
        ),
      ),
      client.on('state', (state) => this.#stateChanged(state)),
      client.on('close', (error) => {
        // Whoever goes on with it now, in another tab perhaps, keeps it.
        this.#stopKeeping();
        this.end.value = error;
      }),
    );
  }

  /** Keeps what the next visit begins with; returns a function that ends that. */
  #keep(): () => void {
    const { kept } = this.#parts;
    const isFirst = kept.rooms.read().rooms.length === 0;
    let before = new Set(isFirst ? [] : this.rooms.value.map(({ name }) => name));
    const stopKeeping = effect(() => {
      const now = this.rooms.value.map(({ keptRoom }) => keptRoom);
      const current = this.current.value?.name ?? '';
      kept.rooms.update(({ rooms }) => ({ rooms: mergedRooms(rooms, before, now), current }));
      kept.visit.update((visit) => ({ ...visit, room: current }));
      before = new Set(now.map(({ room }) => room));
    });
    return () => {
      stopKeeping();
      this.outbox.stopKeeping();
    };
  }

  /** A message is another one now, or is no more. */
  #changed({ room, entrySeq }: EditedMessage | RemovedMessage, change: MessageChange): void {
    batch(() => {
      this.room(room)?.changed(entrySeq, change);
      this.outbox.passed(room, entrySeq);
    });
  }

  #stateChanged(state: ClientState): void {
    this.connection.value = state;
    if (state.kind === 'waiting') {
      for (const { name } of this.rooms.value) this.#catchingUp.add(name);
    }
    // The token may be another one after a hello.
    if (state.kind === 'open') this.#takeName(this.client.name);
  }

  /** The client would do it with the next connection, when one has gone on to something else. */
  #needConnection(): void {
    if (this.connection.value.kind !== 'open') throw new Error('there is no connection now');
  }

  #takeName(name: string): void {
    const { token } = this.client;
    // Once is enough: later it might undo what another tab has written since.
    if (name === this.name.value && token === this.#keptToken) return;
    this.name.value = name;
    this.loginId.value = this.client.account.loginId;
    this.#keptToken = token;
    this.#parts.kept.identity.update((before) => {
      // Nor does it bring back who has signed out in another tab.
      return before?.person === this.#parts.person ? this.identity : before;
    });
  }

  #caughtUp(room: string, messages: number): void {
    this.room(room)?.caughtUp();
    if (!this.#catchingUp.delete(room) || messages === 0) return;
    this.#parts.announcer.notice(`#${room}: caught up: ${counted(messages, 'message')}`);
  }

  #arrived(message: ChatMessage): void {
    const room = this.room(message.room);
    // An echo is told by the outbox, which knows in which room it was written.
    if (message.type === MessageType.ECHO || room === undefined) return;
    const isOwn = this.isOwn(message);
    const { isVisible, isLookedAt } = this.#parts.attention;
    const isCurrent = room === this.current.value;
    const isLooking = isCurrent && isLookedAt.value;
    // What was missed goes by too fast to be seen.
    const isSeen = !room.isCatchingUp.value && (isOwn || (isLooking && room.spot === 'end'));
    const isFollowed = isSeen || (isCurrent && isVisible.value && !room.isCatchingUp.value);
    batch(() => {
      room.arrived(message, isSeen, isFollowed);
      this.#seen([message]);
    });
    if (isOwn) return;
    if (isCurrent) {
      this.#parts.announcer.speak(`${message.sender}: ${message.content}`);
    }
    if (isSeen || !mentions(message.content, this.name.value)) return;
    room.hasMention.value = true;
    if (!isLooking) this.#parts.mentioned(message);
  }

  #newRoom(kept: KeptRoom): Room {
    return new Room(this.client, kept, ({ messages, removed }) => {
      this.#seen(messages);
      for (const seq of removed) this.outbox.passed(kept.room, seq);
    });
  }

  /** What has arrived in a room is not on its way any more. */
  #seen(messages: readonly ChatMessage[]): void {
    for (const message of messages) if (this.isOwn(message)) this.outbox.seen(message);
  }

  /** The room that a client has joined, a new one if need be. */
  #roomOf(name: string): Room {
    let room = this.room(name);
    if (room === undefined) {
      room = this.#newRoom({ room: name, read: undefined });
      this.rooms.value = [...this.rooms.value, room];
    }
    return room;
  }
}
