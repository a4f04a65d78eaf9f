// Which dialects of load there are.
import type { Dialect } from './dialects/dialect.js';
import { nats } from './dialects/nats.js';
import { redis } from './dialects/redis.js';
import { tcpChat } from './dialects/tcp-chat.js';
import { tcpChatBinary, tcpChatJson, tcpChatText, wsLoop } from './dialects/websocket.js';

export type DialectName =
  'tcp-chat' | 'tcp-chat binary' | 'tcp-chat json' | 'tcp-chat text' | 'nats' | 'redis' | 'ws-loop';

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  'tcp-chat': tcpChat,
  'tcp-chat binary': tcpChatBinary,
  'tcp-chat json': tcpChatJson,
  'tcp-chat text': tcpChatText,
  nats,
  redis,
  'ws-loop': wsLoop,
};
