/**
 * The messages of chat.proto as TypeScript types: the one door to the generated
 * code. What a field means is said in proto/tcpchat/v1/chat.proto.
 */
export {
  Account,
  AccountReply,
  ChatMessage,
  ErrorCode,
  ErrorReply,
  GapReason,
  GoodbyeReason,
  Limits,
  LoggedIn,
  Login,
  Member,
  MessageType,
  OperatorReply,
  Renamed,
  Renaming,
  Role,
  RoomInfo,
  SessionInfo,
  Welcome,
} from './generated/tcpchat/v1/chat.js';

import type { ChatMessage } from './generated/tcpchat/v1/chat.js';

/** The control message of a frame, a union with the field's name as `$case`. */
export type Control = NonNullable<ChatMessage['control']>;

/** The kinds of control messages. */
export type ControlKind = Control['$case'];
