import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ChatServer } from '../../src/index.js';
import { chatMessage, encodeFrame } from '../../src/protocol/codec.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import type { ChatMessage } from '../../src/protocol/messages.js';

/** How a connection is made. */
export interface OpenOptions {
  readonly port: number;
  readonly host: string;
  /** True for a peer that leaves its side open when the server closes. */
  readonly allowHalfOpen: boolean;
}

/** Takes what a server has sent. */
export interface DialectSink {
  /** The bytes of a ChatMessage, from `start` to before `end`. */
  message(bytes: Uint8Array, start: number, end: number): void;
  /** The server closes, with this code and reason, on transports that have them. */
  closing?(code: number, reason: string): void;
}

/** Takes a server's bytes apart; throws at what a server must not send. */
export interface DialectDecoder {
  push(chunk: Uint8Array): void;
  /** Whether the server may end here. */
  readonly isAtGoodEnd: boolean;
}

/** How a test's client speaks to a server: over which transport, and in which encoding. */
export interface Dialect {
  /** Whether the server tells with a code and a reason why it closes. */
  readonly hasCloseCodes: boolean;
  portOf(server: ChatServer): number;
  /** A connection on which the conversation may begin. */
  open(options: OpenOptions): Promise<Socket>;
  /** These messages as the bytes of a client. */
  encode(messages: readonly Partial<ChatMessage>[]): Uint8Array;
  decoder(sink: DialectSink): DialectDecoder;
  /** What a client sends after its last message, and in answer to the server's end. */
  readonly farewell: Uint8Array;
}

/** Frames, one after another, on a plain connection. */
export const tcpDialect: Dialect = {
  hasCloseCodes: false,
  portOf: ({ port }) => port,
  open: async ({ port, host, allowHalfOpen }) => {
    const socket = connect({ port, host, allowHalfOpen, noDelay: true });
    await once(socket, 'connect');
    return socket;
  },
  encode: framesOf,
  decoder: (sink) => {
    const decoder = new FrameDecoder(2 ** 30);
    const frame = (bytes: Uint8Array, start: number, end: number): boolean => {
      sink.message(bytes, start, end);
      return true;
    };
    return {
      push: (chunk) => void decoder.push(chunk, { frame }),
      get isAtGoodEnd() {
        return !decoder.isMidFrame;
      },
    };
  },
  farewell: new Uint8Array(0),
};

/** The frames of these messages, one after the other. */
export function framesOf(messages: readonly Partial<ChatMessage>[]): Uint8Array {
  return Buffer.concat(messages.map((message) => encodeFrame(chatMessage(message))));
}
