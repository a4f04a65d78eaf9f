import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { chatMessage, decodeMessage, encodeFrame } from '../../src/protocol/codec.js';
import { factsOf } from '../../src/protocol/errors.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import { defaultLimits, lobbyName } from '../../src/protocol/limits.js';
import {
  ErrorCode,
  GapReason,
  GoodbyeReason,
  MessageType,
  type ChatMessage,
  type Control,
  type Limits,
  Role,
} from '../../src/protocol/messages.js';

type Hello = Extract<Control, { $case: 'hello' }>['hello'];

interface Person {
  readonly id: string;
  name: string;
}

interface Room {
  epoch: string;
  tailSeq: number;
  readonly messages: ChatMessage[];
}

/** Where a connection is cut: after so many bytes in one direction, in the middle of a frame perhaps. */
export interface Cut {
  readonly sentBytes?: number;
  readonly receivedBytes?: number;
}

/**
 * A server of a test's own: rooms in memory behind a real TCP port, as chat.proto says,
 * without limits, but with everything that goes wrong in a network, on demand.
 */
export class ScriptedServer implements AsyncDisposable {
  /** Announced in the welcome. */
  limits: Limits = defaultLimits;
  /** How the next connections end; afterwards they do not. */
  readonly cuts: Cut[] = [];
  /** What clients have sent, connection by connection. */
  readonly received: ChatMessage[][] = [];
  /** Sees each message first; what it returns true for the server does not heed. */
  intercept: (message: ChatMessage, peer: Peer) => boolean = () => false;
  readonly peers = new Set<Peer>();
  readonly rooms = new Map<string, Room>();
  readonly #server: Server;
  readonly #tokens = new Map<string, Person>();
  /** The messages that were accepted, by author, room and id. */
  readonly #accepted = new Map<string, ChatMessage>();
  #port = 0;
  #guestsEver = 0;
  #epochsEver = 0;
  #tokensEver = 0;
  #changed: () => void = () => {};

  private constructor() {
    this.#server = createServer((socket) => {
      const received: ChatMessage[] = [];
      this.received.push(received);
      this.peers.add(new Peer(socket, this, received, this.cuts.shift() ?? {}));
      this.changed();
    });
  }

  static async start(): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    await server.listen();
    return server;
  }

  get url(): string {
    return `tcp://127.0.0.1:${this.#port}`;
  }

  /** Takes connections, again on the same port after `stop`. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Cuts all connections and takes none, but forgets nothing. */
  async stop(): Promise<void> {
    const stopped = new Promise((resolve) => this.#server.close(resolve));
    this.drop();
    await stopped;
  }

  /** Cuts all connections. */
  drop(): void {
    for (const { socket } of this.peers) socket.destroy();
  }

  /** Tells everybody goodbye and closes. */
  goodbye(reconnect: boolean, reconnectAfterMs = 0): void {
    for (const peer of this.peers) peer.goodbye({ reconnect, reconnectAfterMs });
  }

  /** Forgets all tokens, names and numbers, like a server that keeps rooms in memory. */
  forget(): void {
    this.#tokens.clear();
    this.#accepted.clear();
    this.rooms.clear();
  }

  /** Forgets the tokens only. */
  forgetTokens(): void {
    this.#tokens.clear();
  }

  /** Removes messages up to and with this one. */
  expire(name: string, seq: number): void {
    this.room(name).tailSeq = seq + 1;
  }

  /** Adds a message to a room. */
  publish(content: string, name = lobbyName, sender = 'somebody', id = ''): ChatMessage {
    const { messages } = this.room(name);
    const message = chatMessage({
      content,
      type: MessageType.BROADCAST,
      id,
      room: name,
      sender,
      seq: messages.length + 1,
      sentAt: new Date(1_700_000_000_000 + messages.length),
    });
    messages.push(message);
    for (const peer of this.peers) if (peer.rooms.has(name)) peer.send(message);
    return message;
  }

  room(name: string): Room {
    let room = this.rooms.get(name);
    if (room === undefined) {
      this.#epochsEver += 1;
      room = { epoch: `epoch-${this.#epochsEver}`, tailSeq: 1, messages: [] };
      this.rooms.set(name, room);
    }
    return room;
  }

  /** Settles when the condition holds; it is looked at whenever something has happened. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#changed = resolve));
  }

  changed(): void {
    this.#changed();
  }

  /** Who says a hello, or why nobody can. */
  greet(wanted: string, device: string, token: string | undefined): Person | ErrorCode {
    const known = token === undefined ? undefined : this.#tokens.get(token);
    if (token !== undefined && known === undefined) return ErrorCode.ERROR_CODE_LOGIN_FAILED;
    if (wanted !== '' && this.isTaken(wanted, known)) return ErrorCode.ERROR_CODE_NAME_IN_USE;
    if (known !== undefined) {
      for (const peer of this.peers) {
        if (peer.person === known && peer.device === device) peer.replace();
      }
      known.name = wanted || known.name;
      return known;
    }
    this.#guestsEver += 1;
    return { id: `person-${this.#guestsEver}`, name: wanted || `guest-${this.#guestsEver}` };
  }

  /** Whether somebody else has a name. */
  isTaken(name: string, person: Person | undefined): boolean {
    const others = [...this.peers].map((peer) => peer.person);
    return others.some((one) => one !== undefined && one !== person && one.name === name);
  }

  /** Each welcome has a token of its own. */
  issue(person: Person): string {
    this.#tokensEver += 1;
    const token = `token-${this.#tokensEver}`;
    this.#tokens.set(token, person);
    return token;
  }

  /** Accepts a broadcast once per author, room and id. */
  accept(author: string, name: string, { id, room, content }: ChatMessage): ChatMessage {
    const message = this.publish(content, room, name, id);
    this.#accepted.set(JSON.stringify([author, room, id]), message);
    return message;
  }

  acceptedBefore(author: string, { id, room }: ChatMessage): ChatMessage | undefined {
    return id === '' ? undefined : this.#accepted.get(JSON.stringify([author, room, id]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
  }
}

/** One connection of a `ScriptedServer`. */
export class Peer {
  readonly socket: Socket;
  readonly rooms = new Set<string>();
  person: Person | undefined;
  device = '';
  readonly #server: ScriptedServer;
  readonly #received: ChatMessage[];
  #bytesToSend: number;

  constructor(socket: Socket, server: ScriptedServer, received: ChatMessage[], cut: Cut) {
    this.socket = socket.setNoDelay();
    this.#server = server;
    this.#received = received;
    this.#bytesToSend = cut.sentBytes ?? Infinity;
    let bytesToReceive = cut.receivedBytes ?? Infinity;
    const decoder = new FrameDecoder(2 ** 20);
    const sink = {
      frame: (bytes: Uint8Array, start: number, end: number): boolean => {
        this.#take(decodeMessage(bytes, start, end));
        return !socket.destroyed;
      },
    };
    socket.on('data', (chunk) => {
      decoder.push(chunk.subarray(0, Math.min(chunk.length, bytesToReceive)), sink);
      bytesToReceive -= chunk.length;
      if (bytesToReceive <= 0) socket.destroy();
      server.changed();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      server.peers.delete(this);
      server.changed();
    });
  }

  send(fields: Partial<ChatMessage>): void {
    if (this.socket.destroyed || this.socket.writableEnded) return;
    const bytes = encodeFrame(chatMessage(fields));
    if (bytes.length < this.#bytesToSend) this.socket.write(bytes);
    else this.socket.end(bytes.subarray(0, this.#bytesToSend), () => this.socket.destroy());
    this.#bytesToSend -= bytes.length;
  }

  control(control: Control, id = ''): void {
    this.send({ id, control });
  }

  refuse(id: string, code: ErrorCode, suggestion = '', retryAfterMs = 0): void {
    const { sentence: message, retryable } = factsOf(code);
    this.control({
      $case: 'error',
      error: { code, message, id, retryable, retryAfterMs, suggestion },
    });
  }

  goodbye(advice: { reconnect: boolean; reconnectAfterMs: number }): void {
    const reason = GoodbyeReason.GOODBYE_REASON_SHUTTING_DOWN;
    const goodbye = { reason, message: 'the server is shutting down', ...advice };
    this.control({ $case: 'goodbye', goodbye });
    this.socket.end();
  }

  /** The same device has connected again. */
  replace(): void {
    const goodbye = {
      reason: GoodbyeReason.GOODBYE_REASON_REPLACED,
      message: 'the same device has connected again',
      reconnect: false,
      reconnectAfterMs: 0,
    };
    this.control({ $case: 'goodbye', goodbye });
    this.socket.end();
    this.person = undefined;
    this.rooms.clear();
  }

  #take(message: ChatMessage): void {
    this.#received.push(message);
    if (this.#server.intercept(message, this)) return;
    const { control, id } = message;
    if (control?.$case === 'hello') {
      const token =
        control.hello.credential?.$case === 'token' ? control.hello.credential.token : undefined;
      this.#hello(id, control.hello, token);
    } else if (this.person === undefined) {
      this.refuse(id, ErrorCode.ERROR_CODE_HELLO_FIRST);
    } else if (control === undefined) {
      this.#message(this.person, message);
    } else {
      this.#request(this.person, control, id);
    }
  }

  #hello(id: string, { name, device }: Hello, token: string | undefined): void {
    const person = this.#server.greet(name, device, token);
    if (typeof person === 'number') {
      this.refuse(id, person, person === ErrorCode.ERROR_CODE_NAME_IN_USE ? `${name}2` : '');
      return;
    }
    this.person = person;
    this.device = device;
    this.rooms.add(lobbyName);
    const welcome = {
      sessionId: '1',
      name: person.name,
      token: this.#server.issue(person),
      capabilities: [],
      limits: this.#server.limits,
      version: 1,
      server: 'scripted',
      role: Role.ROLE_UNSPECIFIED,
      loginId: '',
    };
    this.control({ $case: 'welcome', welcome }, id);
  }

  #message({ id: personId, name }: Person, message: ChatMessage): void {
    const { id, content, type, room } = message;
    if (type === MessageType.ECHO) {
      this.send({ content, id });
      return;
    }
    if (!this.rooms.has(room)) {
      this.refuse(id, ErrorCode.ERROR_CODE_NOT_IN_ROOM);
      return;
    }
    const author = `${personId} ${this.device}`;
    const before = this.#server.acceptedBefore(author, message);
    if (before !== undefined && before.content !== content) {
      this.refuse(id, ErrorCode.ERROR_CODE_ID_REUSED);
      return;
    }
    const { seq, sentAt } = before ?? this.#server.accept(author, name, message);
    const duplicate = before !== undefined;
    if (id !== '') this.control({ $case: 'ack', ack: { id, room, seq, sentAt, duplicate } });
  }

  #request(person: Person, control: Control, id: string): void {
    switch (control.$case) {
      case 'join':
        this.#join(control.join, id);
        return;
      case 'leave':
        this.rooms.delete(control.leave.room);
        this.control({ $case: 'left', left: control.leave }, id);
        return;
      case 'fetch': {
        const { edge, limit } = control.fetch;
        const { messages, tailSeq, epoch } = this.#server.room(control.fetch.room);
        const kept = messages.slice(tailSeq - 1);
        const wanted =
          edge?.$case === 'after'
            ? kept.filter(({ seq }) => seq > edge.after)
            : kept.filter(({ seq }) => edge === undefined || seq < edge.before);
        const count = limit || 100;
        const page = edge?.$case === 'after' ? wanted.slice(0, count) : wanted.slice(-count);
        const end = page.length === wanted.length;
        const { room } = control.fetch;
        this.control({ $case: 'page', page: { room, messages: page, end, epoch, tailSeq } }, id);
        return;
      }
      case 'members': {
        const { room } = control.members;
        const members = [...this.#server.peers]
          .filter((peer) => peer.rooms.has(room))
          .map((peer) => ({ name: peer.person!.name }));
        const memberList = { room, members, count: members.length };
        this.control({ $case: 'memberList', memberList }, id);
        return;
      }
      case 'listRooms': {
        const rooms = Array.from(this.#server.rooms, ([name, { messages }]) => ({
          name,
          topic: '',
          people: [...this.#server.peers].filter((peer) => peer.rooms.has(name)).length,
          headSeq: messages.length,
        }));
        const list = rooms.filter(({ headSeq }) => headSeq > 0);
        this.control({ $case: 'roomList', roomList: { rooms: list, end: true } }, id);
        return;
      }
      case 'rename': {
        const { name } = control.rename;
        if (this.#server.isTaken(name, person)) {
          this.refuse(id, ErrorCode.ERROR_CODE_NAME_IN_USE, `${name}2`);
          return;
        }
        person.name = name;
        for (const peer of this.#server.peers) {
          if (peer.person !== person) continue;
          const renamed = { name, token: this.#server.issue(person) };
          peer.control({ $case: 'renamed', renamed }, peer === this ? id : '');
        }
        return;
      }
      case 'ping':
        this.control({ $case: 'pong', pong: control.ping }, id);
        return;
      default:
    }
  }

  #join({ room, start }: Extract<Control, { $case: 'join' }>['join'], id: string): void {
    const { epoch, tailSeq, messages } = this.#server.room(room);
    const headSeq = messages.length;
    const isOfEpoch = start?.$case === 'after' && start.after.epoch === epoch;
    let wantedSeq = headSeq + 1;
    if (start?.$case === 'last') wantedSeq = Math.max(tailSeq, headSeq - start.last + 1);
    if (start?.$case === 'after') wantedSeq = isOfEpoch ? start.after.seq + 1 : 1;
    const firstSeq = Math.max(tailSeq, wantedSeq);
    this.rooms.add(room);
    this.control({ $case: 'joined', joined: { room, epoch, firstSeq, headSeq, topic: '' } }, id);
    if (start?.$case === 'after' && (!isOfEpoch || firstSeq > wantedSeq)) {
      const reason = isOfEpoch ? GapReason.GAP_REASON_EXPIRED : GapReason.GAP_REASON_EPOCH;
      this.control({
        $case: 'gap',
        gap: { room, fromSeq: wantedSeq, toSeq: firstSeq - 1, reason },
      });
    }
    for (const message of messages.slice(firstSeq - 1)) this.send(message);
  }
}
