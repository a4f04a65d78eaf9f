// What programs see of the client, in Node as in browsers; how to connect is each one's own.
export { ConnectionError, type ConnectionErrorKind } from './errors.js';
export type { ClientAccount } from './account.js';
export type { ClientOperator } from './operator.js';
export type { ChatClient, RoomPlace } from './client.js';
export type { ConnectOptions, RoomToJoin } from './connect-options.js';
export type {
  Ack,
  ClientEvents,
  ClientState,
  Delivery,
  EditedMessage,
  JoinedRoom,
  Position,
  PresenceChange,
  RemovedMessage,
  RoomGap,
  TopicChange,
} from './events.js';
export type { ChangeOptions, SendOptions } from './outgoing.js';
export type { JoinOptions } from './place.js';
export type {
  HistoryOptions,
  HistoryPage,
  ListedRoom,
  LoginInfo,
  RoomListOptions,
  RoomMembers,
  RoomPage,
} from './requests.js';
export { ChatError } from '../protocol/errors.js';
export {
  ErrorCode,
  GapReason,
  MessageType,
  type Account,
  type ChatMessage,
  type Limits,
  type SessionInfo,
} from '../protocol/messages.js';
