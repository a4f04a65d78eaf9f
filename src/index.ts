export { createServer, type ChatServer, type ServerOptions } from './server.js';
export type { Logger } from './observers.js';
export { ConfigError, type Settings } from './config.js';
export { StoreOpenError } from './store/errors.js';
export { connect } from './client/connect.js';
export * from './client/api.js';
