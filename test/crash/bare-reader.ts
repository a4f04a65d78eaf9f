import { connect, type Socket } from 'node:net';
import { decodeMessage } from '../../src/protocol/codec.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import type { ChatMessage } from '../../src/protocol/messages.js';
import type { Problems } from './problems.js';
import { numberOf } from './texts.js';

/** How long after a loss it connects again. */
const againMs = 20;

/** What one connection heard: messages, by their numbers, and how many were skipped. */
export type Heard = ReadonlyArray<{ readonly number: number } | { readonly skipped: number }>;

/**
 * A peer that knows nothing but `content` and `type`. It remembers nothing from one
 * connection to the next, so each of them hears a part of the lobby.
 */
export class BareReader {
  /** By connection. */
  readonly heard: Array<Array<Heard[number]>> = [];
  readonly #port: number;
  readonly #problems: Problems;
  #socket: Socket | undefined;
  #isClosed = false;

  constructor(port: number, problems: Problems) {
    this.#port = port;
    this.#problems = problems;
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }

  #connect(): void {
    if (this.#isClosed) return;
    const heard: Array<Heard[number]> = [];
    const decoder = new FrameDecoder(2 ** 16);
    const sink = {
      frame: (bytes: Uint8Array, start: number, end: number): boolean => {
        this.#take(heard, decodeMessage(bytes, start, end));
        return true;
      },
    };
    const socket = connect(this.#port, '127.0.0.1');
    this.#socket = socket;
    socket.on('connect', () => this.heard.push(heard));
    socket.on('data', (chunk) => decoder.push(chunk, sink));
    socket.on('error', () => {});
    socket.on('close', () => setTimeout(() => this.#connect(), againMs));
  }

  #take(heard: Array<Heard[number]>, { content }: ChatMessage): void {
    const skipped = /^\(error\)(\d+) messages? w(?:as|ere) skipped/.exec(content);
    if (skipped !== null) {
      heard.push({ skipped: Number(skipped[1]) });
    } else if (content.startsWith('(broadcast)')) {
      const number = numberOf(content.slice('(broadcast)'.length));
      if (number === undefined) this.#problems.add(`a bare session heard "${content}"`);
      else heard.push({ number });
    } else if (content !== '(error)the server is shutting down') {
      this.#problems.add(`a bare session was told "${content}"`);
    }
  }
}
