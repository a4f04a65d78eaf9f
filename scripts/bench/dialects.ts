// How the load says the same thing to different servers. A dialect only makes
// bytes; in each, all frames of one workload that a client receives have the same
// size, which is what lets receivers count messages by counting bytes.
import { noMask } from './load/content.js';

/** What the messages of a workload ask for: back to the sender, or to everybody. */
export type MessageKind = 'echo' | 'broadcast';

/** A frame and the place of the content in it. */
export interface Frame {
  readonly bytes: Buffer;
  readonly contentAt: number;
}

/** How a new connection stands, seen from what it has received so far. */
export interface Greeting {
  /** The server counts this connection in from here on, and has nothing more to say. */
  readonly ready: boolean;
  readonly answer?: Buffer;
}

export interface Dialect {
  /** The first thing that a connection sends. */
  opening(kind: MessageKind, channel: string): Buffer;
  /** Judges everything that came since the connection was made. */
  greet(received: string): Greeting;
  /** What a client sends. */
  request(kind: MessageKind, channel: string, content: Buffer): Frame;
  /** What a client gets. */
  reply(kind: MessageKind, channel: string, content: Buffer): Frame;
  /** The key that content in requests is masked with. */
  readonly mask: Uint8Array;
}

export type DialectName = 'tcp-chat' | 'nats' | 'websocket';

function around(head: Buffer, content: Buffer, tail: Buffer): Frame {
  return { bytes: Buffer.concat([head, content, tail]), contentAt: head.length };
}

/** A ChatMessage with its length before it; both stay below 128 bytes here. */
function chatFrame(kind: MessageKind, mark: string, content: Buffer): Frame {
  const text = mark.length + content.length;
  const type = kind === 'broadcast' ? Buffer.from([0x10, 0x01]) : Buffer.alloc(0);
  const head = Buffer.from([2 + text + type.length, 0x0a, text]);
  return around(Buffer.concat([head, Buffer.from(mark)]), content, type);
}

// An empty echo goes round before the measurement: a connection can be made while
// the server has yet to accept it, and would miss the first broadcasts.
const tcpChat: Dialect = {
  mask: noMask,
  opening: () => Buffer.from([0]),
  greet: (received) => ({ ready: received === '\x08\x0a\x06(echo)' }),
  request: (kind, _channel, content) => chatFrame(kind, '', content),
  reply: (kind, _channel, content) => chatFrame(kind, `(${kind})`, content),
};

// nats-server sends one PING about two seconds after a connection was made, however
// long the interval in its configuration is. A connection counts as ready when that
// is answered; after it there is nothing but messages.
const nats: Dialect = {
  mask: noMask,
  opening: (_kind, channel) =>
    Buffer.from(`CONNECT {"verbose":false,"pedantic":false,"echo":true}\r\nSUB ${channel} 1\r\n`),
  greet: (received) =>
    received.endsWith('PING\r\n')
      ? { ready: true, answer: Buffer.from('PONG\r\n') }
      : { ready: false },
  request: (_kind, channel, content) =>
    around(
      Buffer.from(`PUB ${channel} ${content.length}\r\n`),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ),
  reply: (_kind, channel, content) =>
    around(
      Buffer.from(`MSG ${channel} 1 ${content.length}\r\n`),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ),
};

// Any key but zero, for which servers skip the work of unmasking.
const maskingKey = Uint8Array.from([0x5a, 0x17, 0xc3, 0x88]);

const websocket: Dialect = {
  mask: maskingKey,
  opening: (kind) =>
    Buffer.from(
      `GET /${kind} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    ),
  greet: (received) => ({
    ready: received.startsWith('HTTP/1.1 101 ') && received.endsWith('\r\n\r\n'),
  }),
  request: (_kind, _channel, content) =>
    around(
      Buffer.from([0x82, 0x80 | content.length, ...maskingKey]),
      content.map((byte, index) => byte ^ maskingKey[index & 3]!) as Buffer,
      Buffer.alloc(0),
    ),
  reply: (_kind, _channel, content) =>
    around(Buffer.from([0x82, content.length]), content, Buffer.alloc(0)),
};

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  'tcp-chat': tcpChat,
  nats,
  websocket,
};
