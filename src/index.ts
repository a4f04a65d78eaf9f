export { createServer, type ChatServer, type Logger, type ServerOptions } from './server.js';
export { ConfigError, type Settings } from './config.js';
export { connect } from './client/connect.js';
export { ConnectionError, type ConnectionErrorKind } from './client/errors.js';
export type { ChatClient, ClientEvents, ConnectOptions, SendOptions } from './client/client.js';
export { ChatError } from './protocol/errors.js';
export {
  ErrorCode,
  GapReason,
  MessageType,
  type ChatMessage,
  type Limits,
} from './protocol/messages.js';
