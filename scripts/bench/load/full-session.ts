// A full session: it says hello, joins a room after its place, answers pings, and can
// be lost and come back as the same sender. It checks that the room's messages come one
// after the other, none missing and none twice.
import { connect, type Socket } from 'node:net';
import { chatMessage, decodeMessage, encodeFrame } from '../../../src/protocol/codec.js';
import type { ChatMessage, Control } from '../../../src/protocol/messages.js';
import { FullFrame, FullFrameReader, readPage } from './full-frames.js';

/** Field numbers of control messages in chat.proto that are read without decoding. */
const ackField = 33;
const pageField = 36;

/** The first byte of a message with a text, which every broadcast has. */
const contentTag = 0x0a;

/** What a session does with what it gets; each is optional. */
export interface Handlers {
  /** A broadcast; `frame` lies in `bytes` and holds until the next one. */
  readonly message?: (bytes: Buffer, frame: FullFrame) => void;
  /** An ack; its id and seq are in `frame`. */
  readonly ack?: (bytes: Buffer, frame: FullFrame) => void;
  /** A page of history, read no further than this. */
  readonly page?: (firstSeq: number, rows: number) => void;
  /** All that came at once was handled. */
  readonly chunk?: () => void;
}

export interface FullSessionOptions {
  readonly port: number;
  /** Empty for the lobby, where every session is. */
  readonly room: string;
  /** May be shared: what is in it is used at once. */
  readonly buffer: Buffer;
  readonly handlers?: Handlers;
  /** Looks only at the length of each message: for those who are many and check nothing. */
  readonly isCounting?: boolean;
  /** Reads, once in the room, one buffer at each `resume`. */
  readonly isPulling?: boolean;
}

export class FullSession {
  /** Broadcasts that came. */
  frames = 0;
  /** All bytes that came. */
  bytes = 0;
  /** The last message that came, or after which the session joined. */
  seq = 0;
  /** Where the room stood when it was joined. */
  headSeq = 0;
  #epoch = '';
  #token = '';
  #socket: Socket | undefined;
  #isInRoom = false;
  #mayEnd = false;
  #resolve = (): void => {};
  #reject = (_error: Error): void => {};
  readonly #options: FullSessionOptions;
  readonly #frame = new FullFrame();

  constructor(options: FullSessionOptions) {
    this.#options = options;
  }

  /** Resolves when the session is in the room, after the last message that it knows. */
  async open(onConnected = (): void => {}): Promise<void> {
    const { port, buffer } = this.#options;
    this.#isInRoom = false;
    const reader = new FullFrameReader((bytes, start, end) => this.#take(bytes, start, end));
    const inRoom = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#mayEnd = false;
    const callback = (length: number): boolean => {
      reader.receive(buffer, length);
      this.bytes += length;
      this.#options.handlers?.chunk?.();
      return this.#options.isPulling !== true || !this.#isInRoom;
    };
    const socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer, callback },
    });
    this.#socket = socket;
    socket.on('connect', () => {
      const credential =
        this.#token === '' ? undefined : ({ $case: 'token', token: this.#token } as const);
      const who = { version: 1, name: '', credential, device: '' };
      const hello = { ...who, capabilities: [], client: 'bench' };
      this.send({ control: { $case: 'hello', hello } });
      onConnected();
    });
    const ended = (problem: string): void => {
      if (this.#socket !== socket || this.#mayEnd) return;
      const error = new Error(`a full session ended: ${problem}`);
      if (this.#isInRoom) throw error;
      this.#reject(error);
    };
    socket.on('error', (error) => ended(error.message));
    socket.on('close', () => ended('the server closed the connection'));
    await inRoom;
  }

  /** From now on the connection may be lost. */
  mayEnd(): void {
    this.#mayEnd = true;
  }

  /** Whether the connection is gone. */
  get isOver(): boolean {
    return this.#socket?.destroyed === true;
  }

  /** Comes back as the same sender, and reads on where it was. */
  async reopen(): Promise<void> {
    this.mayEnd();
    this.#socket?.destroy();
    await this.open();
  }

  send(fields: Partial<ChatMessage>): void {
    this.write(encodeFrame(chatMessage(fields)));
  }

  write(bytes: Uint8Array): void {
    this.#socket?.write(bytes);
  }

  /** Reads nothing until `resume`; the server is to notice by itself. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  #take(bytes: Buffer, start: number, end: number): void {
    if (bytes[start] === contentTag) {
      // What comes before is the lobby's, or belongs to the place before this one.
      if (!this.#isInRoom) return;
      this.frames += 1;
      if (this.#options.isCounting !== true) this.#message(bytes, start, end);
      return;
    }
    const frame = this.#frame;
    frame.read(bytes, start, end);
    switch (frame.control) {
      case ackField:
        frame.readAck(bytes);
        this.#options.handlers?.ack?.(bytes, frame);
        break;
      case pageField: {
        const { firstSeq, rows } = readPage(bytes, frame.body);
        this.#options.handlers?.page?.(firstSeq, rows);
        break;
      }
      default: {
        const { control } = decodeMessage(bytes, start, end);
        if (control !== undefined) this.#control(control);
      }
    }
  }

  #message(bytes: Buffer, start: number, end: number): void {
    const frame = this.#frame;
    frame.read(bytes, start, end);
    if (frame.seq !== this.seq + 1) {
      throw new Error(`message ${frame.seq} came in place of ${this.seq + 1}`);
    }
    this.seq = frame.seq;
    this.#options.handlers?.message?.(bytes, frame);
  }

  #control(control: Control): void {
    switch (control.$case) {
      case 'welcome':
        this.#token = control.welcome.token;
        this.#join();
        break;
      case 'joined':
        this.#joined(control.joined);
        break;
      case 'ping':
        this.send({ control: { $case: 'pong', pong: { nonce: control.ping.nonce } } });
        break;
      case 'goodbye':
        // The connection's end follows, and is judged there.
        if (this.#mayEnd) break;
        throw new Error(`the server said goodbye: ${JSON.stringify(control.goodbye)}`);
      case 'gap':
      case 'error':
        throw new Error(`a full session was told: ${JSON.stringify(control)}`);
      default: // answers to nothing that is asked here
    }
  }

  #join(): void {
    const { room } = this.#options;
    const after = { $case: 'after', after: { epoch: this.#epoch, seq: this.seq } } as const;
    const start = this.#epoch === '' ? undefined : after;
    this.send({ control: { $case: 'join', join: { room, start, presence: false } } });
  }

  #joined({
    epoch,
    firstSeq,
    headSeq,
  }: {
    epoch: string;
    firstSeq: number;
    headSeq: number;
  }): void {
    if (this.#epoch !== '' && (epoch !== this.#epoch || firstSeq !== this.seq + 1)) {
      throw new Error(`joined at ${firstSeq} instead of after ${this.seq}`);
    }
    this.#epoch = epoch;
    this.seq = firstSeq - 1;
    this.headSeq = headSeq;
    this.#isInRoom = true;
    this.#resolve();
  }
}
