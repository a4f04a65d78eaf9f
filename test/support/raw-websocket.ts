import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { bytes, type Part } from './bytes.js';
import { Inbox } from './inbox.js';
import {
  opcodes,
  ServerFrames,
  webSocketFrame,
  type FrameToSend,
  type ReceivedFrame,
} from './websocket-frames.js';

export interface RawWebSocketOptions {
  readonly host?: string;
  readonly path?: string;
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** False for a peer that takes nothing from its socket, once it has shaken hands. */
  readonly reading?: boolean;
  /** False for a peer that does not answer the server's close. */
  readonly closing?: boolean;
}

/** How a connection ended. */
export interface End {
  /** That of the server's close frame; 1005 if that has none, undefined without such a frame. */
  readonly code: number | undefined;
  readonly reason: string;
  /** What arrived before and was not asked for. */
  readonly frames: readonly ReceivedFrame[];
}

/** What a handshake needs beside its Host (RFC 6455, section 4.1); the key is the example of 1.3. */
export const handshakeHeaders = {
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
} as const;

const sampleAccept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/** A handshake (RFC 6455, section 4.1) with other headers, or without those that are undefined. */
export function handshake(
  path: string,
  changes: Readonly<Record<string, string | undefined>> = {},
  requestLine = `GET ${path} HTTP/1.1`,
): string {
  const headers: Record<string, string | undefined> = {
    Host: '127.0.0.1',
    ...handshakeHeaders,
    ...changes,
  };
  const present = Object.entries(headers).filter(([, value]) => value !== undefined);
  const lines = present.map(([name, value]) => `${name}: ${value}\r\n`);
  return `${requestLine}\r\n${lines.join('')}\r\n`;
}

/**
 * A client of WebSocket that sends any bytes. It holds all that the server sends against
 * RFC 6455, and answers nothing by itself but the server's close.
 */
export class RawWebSocket implements Disposable {
  readonly socket: Socket;
  /** The subprotocol that the server has chosen. */
  protocol: string | undefined;
  readonly #inbox = new Inbox<ReceivedFrame>();
  readonly #frames = new ServerFrames();
  #code: number | undefined;
  #reason = '';

  private constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Settles when the server has agreed; rejects with its answer when it has not. */
  static async open(port: number, options: RawWebSocketOptions = {}): Promise<RawWebSocket> {
    const { host = '127.0.0.1', path = '/ws', protocols = [], headers = {} } = options;
    const { reading = true, closing = true } = options;
    const socket = connect({ port, host, noDelay: true });
    const client = new RawWebSocket(socket);
    await once(socket, 'connect');
    const offer = protocols.length > 0 ? protocols.join(', ') : undefined;
    socket.write(handshake(path, { 'Sec-WebSocket-Protocol': offer, ...headers }));
    const [head, rest] = await responseHead(socket);
    client.#agreed(head);
    client.#receive(rest, closing);
    socket.on('data', (chunk) => client.#receive(chunk, closing));
    socket.on('error', (error) => client.#inbox.end(error));
    socket.on('close', () => {
      client.#inbox.end(
        client.#frames.isWhole ? undefined : new Error('the end is in the middle of a frame'),
      );
    });
    if (!reading) socket.pause();
    return client;
  }

  get pending(): number {
    return this.#inbox.pending;
  }

  get isClosed(): boolean {
    return this.#inbox.isEnded;
  }

  sendBytes(...parts: readonly Part[]): void {
    this.socket.write(bytes(...parts));
  }

  send(...frames: readonly FrameToSend[]): void {
    this.sendBytes(...frames.map(webSocketFrame));
  }

  text(payload: Part): void {
    this.send({ opcode: opcodes.text, payload });
  }

  binary(payload: Part): void {
    this.send({ opcode: opcodes.binary, payload });
  }

  ping(payload: Part = ''): void {
    this.send({ opcode: opcodes.ping, payload });
  }

  /** A message in as many fragments as there are parts. */
  fragments(opcode: number, parts: readonly Part[]): void {
    this.send(
      ...parts.map((payload, index) => ({
        opcode: index === 0 ? opcode : opcodes.continuation,
        payload,
        fin: index === parts.length - 1,
      })),
    );
  }

  close(code = 1000, reason = ''): void {
    this.send({ opcode: opcodes.close, payload: bytes([code >> 8, code & 0xff], reason) });
  }

  async next(): Promise<ReceivedFrame> {
    return await this.#inbox.next('the next frame');
  }

  /** The next frame, which is a whole message of text. */
  async nextText(): Promise<string> {
    return (await this.#whole(opcodes.text, 'a text')).toString('utf8');
  }

  /** The next frame, which is a whole binary message. */
  async nextBinary(): Promise<Buffer> {
    return await this.#whole(opcodes.binary, 'a binary message');
  }

  /** The next frame, which is a pong. */
  async nextPong(): Promise<string> {
    return (await this.#whole(opcodes.pong, 'a pong')).toString('utf8');
  }

  /** How the connection ended, and what came before. */
  async ended(): Promise<End> {
    const frames = await this.#inbox.rest();
    return { code: this.#code, reason: this.#reason, frames };
  }

  /** Settles when the connection is no more, however that came. */
  async closed(): Promise<void> {
    await this.#inbox.until(() => this.#inbox.isEnded, 'the end of the connection');
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async #whole(opcode: number, what: string): Promise<Buffer> {
    const frame = await this.#inbox.next(what);
    if (frame.opcode === opcode && frame.fin) return frame.payload;
    throw new Error(`expected ${what}, not opcode ${frame.opcode}: ${frame.payload.toString()}`);
  }

  #agreed(head: string): void {
    const lines = head.split('\r\n');
    const named = (name: string): string | undefined =>
      lines.find((line) => line.toLowerCase().startsWith(`${name}: `))?.slice(name.length + 2);
    if (!head.startsWith('HTTP/1.1 101 ') || named('sec-websocket-accept') !== sampleAccept) {
      this.socket.destroy();
      throw new Error(`the server did not agree: ${head}`);
    }
    if (named('sec-websocket-extensions') !== undefined) throw new Error('nothing is compressed');
    this.protocol = named('sec-websocket-protocol');
  }

  #receive(chunk: Buffer, closing: boolean): void {
    try {
      for (const frame of this.#frames.push(chunk)) {
        if (frame.opcode === opcodes.close) this.#closing(frame.payload, closing);
        else this.#inbox.push(frame);
      }
    } catch (error) {
      this.#inbox.end(error as Error);
      this.socket.destroy();
    }
  }

  #closing(payload: Buffer, answers: boolean): void {
    this.#code = payload.length === 0 ? 1005 : payload.readUInt16BE(0);
    this.#reason = new TextDecoder('utf-8', { fatal: true }).decode(payload.subarray(2));
    if (answers && this.socket.writable) {
      this.send({ opcode: opcodes.close, payload: payload.subarray(0, 2) });
    }
  }
}

/** What came up to the empty line, and what came after it. */
async function responseHead(socket: Socket): Promise<[string, Buffer]> {
  let received = Buffer.alloc(0);
  for (;;) {
    const end = received.indexOf('\r\n\r\n');
    if (end >= 0) return [received.toString('latin1', 0, end), received.subarray(end + 4)];
    const [chunk] = (await Promise.race([
      once(socket, 'data'),
      once(socket, 'close').then(() => [undefined]),
    ])) as [Buffer | undefined];
    if (chunk === undefined) throw new Error(`the handshake ended: ${received.toString('latin1')}`);
    received = Buffer.concat([received, chunk]);
  }
}
