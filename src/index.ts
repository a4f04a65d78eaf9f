export { createServer, type ServerOptions } from './server.js';
export type { ChatServer } from './running.js';
export type { InheritedSockets } from './transports/listeners.js';
export type { Logger } from './observers.js';
export { ConfigError } from './config.js';
export type { Settings } from './settings.js';
export { StoreOpenError } from './store/errors.js';
export { connect, type NodeConnectOptions } from './client/connect.js';
export * from './client/api.js';
