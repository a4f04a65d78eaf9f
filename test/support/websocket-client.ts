import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { decodeMessage, encodeFrame, chatMessage } from '../../src/protocol/codec.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import type { ChatMessage } from '../../src/protocol/messages.js';
import { Inbox } from './inbox.js';
import type { Reflection } from './reflection.js';

export const binaryProtocol = 'tcpchat.v1.proto';
export const jsonProtocol = 'tcpchat.v1.json';

export interface WebSocketClientOptions {
  readonly path?: string;
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A message in proto3 JSON. */
export type Json = Record<string, unknown>;

interface Received {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** A client that keeps the rules: that of the package `ws`. */
export class WebSocketClient implements Disposable {
  readonly socket: WebSocket;
  readonly #inbox = new Inbox<Received>();
  /** Of the last binary message, those that nobody has asked for. */
  #frames: ChatMessage[] = [];
  #close: { code: number; reason: string } | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = 'nodebuffer';
    socket.on('message', (data: Buffer, isBinary) => this.#inbox.push({ data, isBinary }));
    socket.on('close', (code, reason) => {
      this.#close = { code, reason: reason.toString('utf8') };
      this.#inbox.end();
    });
    socket.on('error', (error) => this.#inbox.end(error));
  }

  /** Settles when the connection stands; rejects when it is not taken. */
  static async open(port: number, options: WebSocketClientOptions = {}): Promise<WebSocketClient> {
    const { path = '/ws', protocols = [], headers = {} } = options;
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, [...protocols], { headers });
    const client = new WebSocketClient(socket);
    await once(socket, 'open');
    return client;
  }

  get pending(): number {
    return this.#inbox.pending;
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  sendBinary(bytes: Uint8Array): void {
    this.socket.send(bytes);
  }

  sendJson(...messages: readonly Json[]): void {
    for (const message of messages) this.sendText(JSON.stringify(message));
  }

  /** Each as a frame; all of them in one message. */
  sendFrames(...messages: readonly Partial<ChatMessage>[]): void {
    this.sendBinary(Buffer.concat(messages.map((message) => encodeFrame(chatMessage(message)))));
  }

  /** The next message, of whatever kind. */
  async next(): Promise<Received> {
    return await this.#inbox.next('the next message');
  }

  /** The next message, which is one of text. */
  async nextText(): Promise<string> {
    const { data, isBinary } = await this.#inbox.next('the next text');
    expect(isBinary, `binary, where text was awaited: ${data.toString('hex')}`).to.equal(false);
    return data.toString('utf8');
  }

  /** The next message, which is one of text that says this. */
  async expectText(text: string): Promise<void> {
    expect(await this.nextText()).to.equal(text);
  }

  /** The next message, which is a ChatMessage in JSON. */
  async nextJson(): Promise<Json> {
    return JSON.parse(await this.nextText()) as Json;
  }

  /** The next frame of binary messages, each of which has to be one or more whole ones. */
  async nextFrame(): Promise<ChatMessage> {
    if (this.#frames.length === 0) {
      const { data, isBinary } = await this.#inbox.next('the next binary message');
      expect(isBinary, `text, where binary was awaited: ${data.toString('utf8')}`).to.equal(true);
      this.#frames = wholeFrames(data);
    }
    return this.#frames.shift()!;
  }

  /** With which code and words the connection ended; nothing that nobody asked for came before. */
  async ended(): Promise<{ readonly code: number; readonly reason: string }> {
    const rest = await this.#inbox.rest();
    expect(rest.map(({ data }) => data.toString('utf8'))).to.deep.equal([]);
    expect(this.#frames).to.deep.equal([]);
    return this.#close!;
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}

/** The messages in a binary message of the server. */
export function wholeFrames(data: Uint8Array): ChatMessage[] {
  const messages: ChatMessage[] = [];
  const decoder = new FrameDecoder(65_536);
  decoder.push(data, {
    frame: (bytes, start, end) => {
      messages.push(decodeMessage(bytes, start, end));
      return true;
    },
  });
  expect(decoder.isMidFrame, 'a message ends in the middle of a frame').to.equal(false);
  expect(messages, 'an empty message').not.to.deep.equal([]);
  if (messages.length > 1) expect(data.length).to.be.at.most(65_536);
  return messages;
}

/**
 * A message of the server is proto3 JSON of a ChatMessage: it is the canonical form, in
 * which fields may be spelled out that have their default.
 */
export function expectCanonical(json: unknown, { read, write }: Reflection): void {
  expectSame(json, read(write(json)), 'the message');
}

function expectSame(json: unknown, canonical: unknown, where: string): void {
  if (Array.isArray(json)) {
    expect(canonical, where).to.be.an('array').with.length(json.length);
    for (const [index, item] of json.entries()) {
      expectSame(item, (canonical as unknown[])[index], `${where}[${index}]`);
    }
  } else if (typeof json === 'object' && json !== null) {
    for (const name of Object.keys(canonical as Json)) expect(json, where).to.have.property(name);
    for (const [name, value] of Object.entries(json)) {
      const expected = (canonical as Json)[name];
      if (expected !== undefined) expectSame(value, expected, `${where}.${name}`);
      else if (!Array.isArray(value)) {
        expect(value, `${where}.${name}`).to.be.oneOf(['', 0, '0', false, 'ECHO']);
      } else expect(value, `${where}.${name}`).to.deep.equal([]);
    }
  } else {
    // Times may have no digits of a second, or three.
    const spelled = typeof json === 'string' ? json.replace(/\.000Z$/, 'Z') : json;
    expect(spelled, where).to.equal(canonical);
  }
}
