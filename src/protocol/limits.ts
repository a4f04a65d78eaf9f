import type { Limits as AnnouncedLimits } from './messages.js';

/**
 * Every limit that a session is held to, as `welcome` announces it; the comments
 * of `Limits` in chat.proto say what each one measures. 0 turns off
 * `messagesPerSecond` and `nameHoldMs`; the others are positive.
 */
export type SessionLimits = Readonly<AnnouncedLimits>;

export const defaultLimits: SessionLimits = {
  // Room for the largest message many times over, and for a page of history; small
  // enough that a frame which never completes costs little.
  frameBytesMax: 64 * 1024,
  // A screenful of text. Longer things are files.
  contentBytesMax: 4096,
  // Any UUID, ULID or hash in hexadecimal.
  idBytesMax: 64,
  // It is a file name, too, where rooms have transcripts.
  roomBytesMax: 64,
  // Fits in front of the text on a terminal of 80 columns.
  nameCharsMax: 32,
  // What one person can follow; it bounds the cursors of a session.
  roomsMax: 100,
  pageMessagesMax: 500,
  // About a second of the fastest room that was measured; shared batches, so the
  // memory is needed once, not per session, while sessions lag together.
  outboxBytesMax: 1024 * 1024,
  frameTimeoutMs: 10_000,
  // Time for a browser on a bad line to load a page's script, and to say hello.
  firstFrameTimeoutMs: 30_000,
  stallTimeoutMs: 60_000,
  // Faster than people type and than most programs notify.
  messagesPerSecond: 200,
  // A pasted page, or a program's output, goes through at once.
  messageBurst: 800,
  // Shorter than what the usual routers and proxies on the way forget connections after.
  silenceTimeoutMs: 25_000,
  pongTimeoutMs: 8000,
  // A list that fits in a frame, and that somebody might read.
  membersListedMax: 1000,
  // A UUID without its dashes.
  deviceBytesMax: 32,
  // A week: longer than a holiday week-end, and than most machines are down.
  nameHoldMs: 168 * 3_600_000,
  // Each edit is rewritten when the message is removed, which everybody waits for.
  editsMax: 100,
};

/** The protocol version that this code speaks. */
export const protocolVersion = 1;

/** A length prefix has at most this many bytes, whatever the frame limit (chat.proto, Framing). */
export const lengthPrefixBytesMax = 5;

/** The room that every session is in from the beginning, and that an empty `room` means. */
export const lobbyName = 'lobby';

/** The beginning of the names that the server gives to sessions without one. */
export const guestPrefix = 'guest-';

/** What stands before the text of a bare session's messages (chat.proto, "The smallest client"). */
export const marks = { echo: '(echo)', broadcast: '(broadcast)', error: '(error)' } as const;
