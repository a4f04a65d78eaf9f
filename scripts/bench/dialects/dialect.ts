// How the load says the same thing to different servers. A dialect only makes
// bytes; in each, all frames of one workload that a client receives have the same
// size, which is what lets receivers count messages by counting bytes.

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
  /** What a client gets; without what surrounds it, if `isWrapped`. */
  reply(kind: MessageKind, channel: string, content: Buffer): Frame;
  /** The key that content in requests is masked with. */
  readonly mask: Uint8Array;
  /** Whether replies come in WebSocket messages, any number of them in each. */
  readonly isWrapped: boolean;
  /** When TLS begins, where there is any: at once, or after the first thing that the server says. */
  readonly tls?: 'at once' | 'after the greeting';
}

/** The same in TLS. */
export function secured(dialect: Dialect, tls: NonNullable<Dialect['tls']>): Dialect {
  return { ...dialect, tls };
}

export function around(head: Buffer, content: Buffer, tail: Buffer): Frame {
  return { bytes: Buffer.concat([head, content, tail]), contentAt: head.length };
}
