// Which dialects of load there are.
import { secured, type Dialect } from './dialects/dialect.js';
import { nats } from './dialects/nats.js';
import { redis } from './dialects/redis.js';
import { tcpChat } from './dialects/tcp-chat.js';
import { tcpChatBinary, tcpChatJson, tcpChatText, wsLoop } from './dialects/websocket.js';

export type DialectName =
  | 'tcp-chat'
  | 'tcp-chat binary'
  | 'tcp-chat json'
  | 'tcp-chat text'
  | 'tcp-chat tls'
  | 'tcp-chat binary tls'
  | 'nats'
  | 'nats tls'
  | 'redis'
  | 'ws-loop';

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  'tcp-chat': tcpChat,
  'tcp-chat binary': tcpChatBinary,
  'tcp-chat json': tcpChatJson,
  'tcp-chat text': tcpChatText,
  'tcp-chat tls': secured(tcpChat, 'at once'),
  'tcp-chat binary tls': secured(tcpChatBinary, 'at once'),
  nats,
  'nats tls': secured(nats, 'after the greeting'),
  redis,
  'ws-loop': wsLoop,
};
