export { createServer, type ChatServer, type ServerOptions } from './server.js';
export type { Logger } from './observers.js';
export { ConfigError, type Settings } from './config.js';
export { StoreOpenError } from './store/errors.js';
export { connect } from './client/connect.js';
export { ConnectionError, type ConnectionErrorKind } from './client/errors.js';
export type { ChatClient, ConnectOptions, RoomPlace, RoomToJoin } from './client/client.js';
export type { HistoryOptions } from './client/conversation.js';
export type {
  Ack,
  ClientEvents,
  ClientState,
  Delivery,
  JoinedRoom,
  Position,
  PresenceChange,
  RoomGap,
} from './client/events.js';
export type { SendOptions } from './client/outgoing.js';
export type { JoinOptions } from './client/place.js';
export type { HistoryPage, RoomMembers } from './client/requests.js';
export { ChatError } from './protocol/errors.js';
export {
  ErrorCode,
  GapReason,
  MessageType,
  type ChatMessage,
  type Limits,
} from './protocol/messages.js';
