import { noMask } from '../load/content.js';
import { around, type Dialect } from './dialect.js';

// nats-server sends one PING about two seconds after a connection was made, however
// long the interval in its configuration is. A connection counts as ready when that
// is answered; after it there is nothing but messages.
export const nats: Dialect = {
  mask: noMask,
  isWrapped: false,
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
