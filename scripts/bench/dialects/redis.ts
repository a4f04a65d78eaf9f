// Redis, which publishes to a channel. With RESP3 a connection may publish where it is
// subscribed, and without replies to its commands all that it gets are the channel's messages.
import { noMask } from '../load/content.js';
import { around, type Dialect } from './dialect.js';

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** An array, or with `>` what Redis sends unasked. */
function many(type: '*' | '>', ...texts: readonly string[]): string {
  return `${type}${texts.length}\r\n${texts.map(bulk).join('')}`;
}

const lineEnd = Buffer.from('\r\n');

/** An array that ends with the content. */
function withContent(type: '*' | '>', word: string, channel: string, content: Buffer): Buffer {
  const words = `${type}3\r\n${bulk(word)}${bulk(channel)}`;
  return Buffer.from(`${words}$${content.length}\r\n`);
}

export const redis: Dialect = {
  mask: noMask,
  isWrapped: false,
  opening: (_kind, channel) =>
    Buffer.from(
      many('*', 'HELLO', '3') +
        many('*', 'SUBSCRIBE', channel) +
        many('*', 'CLIENT', 'REPLY', 'OFF'),
    ),
  // The answer to HELLO, of any length, then how many channels there are.
  greet: (received) => ({ ready: /\$9\r\nsubscribe\r\n[^]*:1\r\n$/.test(received) }),
  request: (_kind, channel, content) =>
    around(withContent('*', 'PUBLISH', channel, content), Buffer.from(content), lineEnd),
  reply: (_kind, channel, content) =>
    around(withContent('>', 'message', channel, content), Buffer.from(content), lineEnd),
};
