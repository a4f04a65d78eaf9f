export { createServer, type ChatServer, type Logger, type ServerOptions } from './server.js';
export { ConfigError, type Settings } from './config.js';
export { ChatError } from './protocol/errors.js';
export { ChatMessage, ErrorCode, MessageType } from './protocol/messages.js';
