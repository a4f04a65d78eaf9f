import { noMask } from '../load/content.js';
import { around, type Dialect, type Frame, type MessageKind } from './dialect.js';

/** A ChatMessage with its length before it; both stay below 128 bytes here. */
export function chatFrame(kind: MessageKind, mark: string, content: Buffer): Frame {
  const text = mark.length + content.length;
  const type = kind === 'broadcast' ? Buffer.from([0x10, 0x01]) : Buffer.alloc(0);
  const head = Buffer.from([2 + text + type.length, 0x0a, text]);
  return around(Buffer.concat([head, Buffer.from(mark)]), content, type);
}

// An empty echo goes round before the measurement: a connection can be made while
// the server has yet to accept it, and would miss the first broadcasts.
export const tcpChat: Dialect = {
  mask: noMask,
  isWrapped: false,
  opening: () => Buffer.from([0]),
  greet: (received) => ({ ready: received === '\x08\x0a\x06(echo)' }),
  request: (kind, _channel, content) => chatFrame(kind, '', content),
  reply: (kind, _channel, content) => chatFrame(kind, `(${kind})`, content),
};
