import type { ChatError } from '../protocol/errors.js';
import type { ChatMessage, Control, MessageType } from '../protocol/messages.js';
import type { ConnectionError } from './errors.js';

/** A place in a room's log; see `Position` in chat.proto. */
export interface Position {
  /** Names one uninterrupted numbering of the room. */
  readonly epoch: string;
  /** The last message that was seen; 0 before the first. */
  readonly seq: number;
}

/** What a joined room has. */
export interface JoinedRoom {
  readonly room: string;
  readonly epoch: string;
  /** The number of the first message that follows. */
  readonly firstSeq: number;
  /** The newest number at that moment: up to here is history. */
  readonly headSeq: number;
  /** What the room is about at that moment; empty for nothing. */
  readonly topic: string;
}

/** Something in a room's log that is no message. */
export interface RoomChange {
  readonly room: string;
  /** The number of the change itself. */
  readonly entrySeq: number;
  /** Who has made it, and when. */
  readonly sender: string;
  readonly sentAt: Date | undefined;
}

/** A message has another content. */
export interface EditedMessage extends RoomChange {
  /** The number of the message. */
  readonly seq: number;
  readonly content: string;
}

/** A message has no content any more. */
export interface RemovedMessage extends RoomChange {
  /** The number of the message. */
  readonly seq: number;
}

/** A room has another topic. */
export interface TopicChange extends RoomChange {
  /** Empty for none. */
  readonly topic: string;
}

/** The server's word that a message is stored and has its number. */
export interface Ack {
  readonly id: string;
  /** Empty for an echo. */
  readonly room: string;
  /** Its number in the room; 0 for an echo. */
  readonly seq: number;
  /** When the server accepted it; undefined for an echo. */
  readonly sentAt: Date | undefined;
  /** Whether the server had it already, under the same id. */
  readonly duplicate: boolean;
}

/** Where one of this client's own messages stands. */
export interface Delivery {
  readonly id: string;
  /** Empty for an echo. */
  readonly room: string;
  readonly content: string;
  readonly type: MessageType;
  /** `pending` is not confirmed yet, `sent` is, `failed` is neither on its way any more. */
  readonly state: 'pending' | 'sent' | 'failed';
  /** When it is sent. */
  readonly ack?: Ack;
  /** When it failed. */
  readonly error?: Error;
}

/** Who came to a room and who left it; see `Presence` in chat.proto. */
export interface PresenceChange {
  readonly room: string;
  /** With `snapshot` everybody who is there. */
  readonly joined: readonly string[];
  readonly left: readonly string[];
  readonly count: number;
  /** Forget what was known. */
  readonly snapshot: boolean;
  /** Of whom `left` has the earlier name and `joined` the new one. */
  readonly renamed: ReadonlyArray<{ readonly before: string; readonly name: string }>;
}

/** What a client is doing about its connection. */
export type ClientState =
  | { readonly kind: 'connecting'; readonly attempt: number }
  | { readonly kind: 'open' }
  | {
      readonly kind: 'waiting';
      /** Counts the attempts since the last connection; this one comes after the delay. */
      readonly attempt: number;
      readonly delayMs: number;
      readonly reason: string;
    }
  | { readonly kind: 'closed'; readonly reason: string };

/** Messages of a room that this client will not get; see `Gap` in chat.proto. */
export type RoomGap = Readonly<Extract<Control, { $case: 'gap' }>['gap']>;

/** What a client tells; see `ChatClient.on`. */
export interface ClientEvents {
  /** A message has arrived: an echo, or a broadcast, one's own included. */
  message: readonly [message: ChatMessage];
  /** A message of a room has another content. It need not have been told before. */
  edited: readonly [edited: EditedMessage];
  /** A message of a room was removed. It need not have been told before. */
  removed: readonly [removed: RemovedMessage];
  /** A room has another topic. */
  topic: readonly [change: TopicChange];
  /** An own message is on its way, confirmed, or failed. */
  delivery: readonly [delivery: Delivery];
  /** Messages of a room that this client will not get. */
  gap: readonly [gap: RoomGap];
  /** The client is in a room, for the first time or again after a lost connection. */
  joined: readonly [joined: JoinedRoom];
  /** A room was left. */
  left: readonly [room: string];
  /** A room's history has arrived, as far as it went when the room was joined. */
  caughtUp: readonly [caughtUp: { readonly room: string; readonly messages: number }];
  /** Who came and who left, in rooms that were joined with `presence`. */
  presence: readonly [change: PresenceChange];
  /** The name has changed: by `rename`, here or on another device, or as it was taken meanwhile. */
  renamed: readonly [name: string, before: string];
  /** The server has refused something that nothing is waiting for. */
  refused: readonly [error: ChatError];
  /** The server reads this session more slowly from now on: it sends too fast. */
  throttled: readonly [messagesPerSecond: number];
  /** What the client does about its connection, after the first one stood. */
  state: readonly [state: ClientState];
  /** The client has ended. The error's kind is `closed` after `close()`. */
  close: readonly [error: ConnectionError];
}
