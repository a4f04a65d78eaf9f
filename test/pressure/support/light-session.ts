import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { chatMessage, decodeMessage, encodeFrame } from '../../../src/protocol/codec.js';
import { FrameDecoder } from '../../../src/protocol/framing.js';
import type { ChatMessage, Control, ControlKind } from '../../../src/protocol/messages.js';
import { helloOf } from '../../support/hello.js';

/** Where the server is that is attacked, and who is told of connections that it closes. */
export interface Target {
  readonly port: number;
  readonly httpPort: number;
  /** A connection ended that its client had not ended. */
  lost(reason: string): void;
}

/** Takes a frame; it lies from `start`, after its length, to before `end`, and only now. */
export type VisitFrame = (bytes: Uint8Array, start: number, end: number) => void;

/** The control messages of one kind. */
export type Of<Kind extends ControlKind> = Extract<Control, { readonly $case: Kind }>;

/** The first byte of a frame with content, which every text has. */
const contentTag = 0x0a;

export interface LightOptions {
  /** True for a peer that leaves its side open when the server closes, and the other way round. */
  readonly allowHalfOpen?: boolean;
  /** How much is read at once. */
  readonly readBytesMax?: number;
}

/**
 * A full session that costs its process little, so that there can be thousands: frames
 * are looked at where they lie, with one buffer for all sessions. It answers the server's
 * pings, as it is to stay within the rules.
 */
export class LightSession implements Disposable {
  readonly socket: Socket;
  /** Takes every frame but the server's pings. */
  onFrame: VisitFrame = () => {};
  /** Whether it pauses whenever it has read something, until `resume` of the socket. */
  isTrickling = false;
  #mayEnd = false;

  private constructor(socket: Socket, target: Target) {
    this.socket = socket;
    socket.on('error', (error) => this.#ended(target, error.message));
    socket.on('close', () => this.#ended(target, 'the server closed the connection'));
  }

  /** Settles when the connection is there; nobody has said anything. */
  static async connect(target: Target, options: LightOptions = {}): Promise<LightSession> {
    const { allowHalfOpen = false, readBytesMax } = options;
    const decoder = new FrameDecoder(2 ** 30);
    const sink = {
      frame: (bytes: Uint8Array, start: number, end: number): boolean => {
        session.#take(bytes, start, end);
        return true;
      },
    };
    const callback = (length: number, buffer: Uint8Array): boolean => {
      decoder.push(buffer.subarray(0, length), sink);
      return !session.isTrickling;
    };
    const buffer = readBytesMax === undefined ? readBuffer : Buffer.alloc(readBytesMax);
    const socket = connect({
      port: target.port,
      host: '127.0.0.1',
      noDelay: true,
      allowHalfOpen,
      onread: { buffer, callback },
    });
    const session = new LightSession(socket, target);
    await once(socket, 'connect');
    return session;
  }

  /** Settles when the session is welcome. */
  static async full(target: Target, name = '', options?: LightOptions): Promise<LightSession> {
    const session = await LightSession.connect(target, options);
    await session.ask(hello(name), 'welcome');
    return session;
  }

  /** Settles with the answer of this kind, the first that comes, whatever else does. */
  async ask<Kind extends ControlKind>(control: Control, kind: Kind): Promise<Of<Kind>> {
    const answer = this.until(kind);
    this.send({ control });
    return await answer;
  }

  /** Joins a room from its next message on. */
  async join(room: string, presence = false): Promise<void> {
    await this.ask({ $case: 'join', join: { room, start: undefined, presence } }, 'joined');
  }

  /** The next control message of this kind. What comes before is dropped. */
  async until<Kind extends ControlKind>(kind: Kind): Promise<Of<Kind>> {
    const before = this.onFrame;
    return await new Promise<Of<Kind>>((resolve, reject) => {
      const gone = (): void => reject(new Error(`the connection ended before a ${kind} came`));
      this.socket.once('close', gone);
      this.onFrame = (bytes, start, end) => {
        if (bytes[start] === contentTag) return;
        const { control } = decodeMessage(bytes, start, end);
        if (control?.$case === 'error') reject(new Error(control.error.message));
        if (control?.$case !== kind) return;
        this.onFrame = before;
        this.socket.off('close', gone);
        resolve(control as Of<Kind>);
      };
    });
  }

  send(...messages: readonly Partial<ChatMessage>[]): void {
    this.socket.write(framesOf(messages));
  }

  /** From now on the connection may end. */
  mayEnd(): void {
    this.#mayEnd = true;
  }

  [Symbol.dispose](): void {
    this.#mayEnd = true;
    this.socket.destroy();
  }

  #take(bytes: Uint8Array, start: number, end: number): void {
    if (bytes[start] === pingTag[0] && bytes[start + 1] === pingTag[1]) {
      // Who has ended its side cannot say more.
      if (!this.socket.writable) return;
      const { control } = decodeMessage(bytes, start, end) as { control: Of<'ping'> };
      this.send({ control: { $case: 'pong', pong: control.ping } });
      return;
    }
    this.onFrame(bytes, start, end);
  }

  #ended(target: Target, reason: string): void {
    if (this.#mayEnd) return;
    this.#mayEnd = true;
    target.lost(reason);
  }
}

/** Of field 21, a message. */
const pingTag = [0xaa, 0x01] as const;

/** One for all: what is read is looked at before anybody else reads. */
const readBuffer = Buffer.alloc(256 * 1024);

export function hello(name: string, token?: string): Control {
  const credential = token === undefined ? undefined : ({ $case: 'token', token } as const);
  return {
    $case: 'hello',
    hello: helloOf({ name, credential, client: 'attack' }),
  };
}

/** Whether a frame is a text: a broadcast or an echo. */
export function isText(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === contentTag;
}

export function framesOf(messages: readonly Partial<ChatMessage>[]): Buffer {
  return Buffer.concat(messages.map((message) => encodeFrame(chatMessage(message))));
}

/** Makes so many, a hundred at a time: more at once would wait for each other anyway. */
export async function many<Item>(
  count: number,
  make: (index: number) => Promise<Item>,
): Promise<Item[]> {
  const items: Item[] = [];
  while (items.length < count) {
    const from = items.length;
    const wanted = Math.min(100, count - from);
    items.push(
      ...(await Promise.all(
        Array.from({ length: wanted }, async (_, index) => make(from + index)),
      )),
    );
  }
  return items;
}
