import type { ClientFrame } from '../protocol/codec.js';
import { ChatError } from '../protocol/errors.js';
import { lobbyName, type SessionLimits } from '../protocol/limits.js';
import { ErrorCode, MessageType } from '../protocol/messages.js';
import { isRoomName } from '../protocol/names.js';
import type { Commits } from './commits.js';
import type { Clock, Observer } from './ports.js';
import type { Later } from './request.js';
import type { Session } from './session.js';

/** What messages need. */
export interface MessageParts {
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly commits: Pick<Commits, 'publish' | 'isFull' | 'whenSettled'>;
}

/** Does what a frame without a control message asks for: echoes or broadcasts its text. */
export function executeMessage(
  parts: MessageParts,
  session: Session,
  frame: ClientFrame,
): Later | void {
  const { limits } = parts;
  if (session.phase === 'greeting') throw new ChatError(ErrorCode.ERROR_CODE_HELLO_FIRST);
  if (frame.contentBytes > limits.contentBytesMax) {
    throw new ChatError(
      ErrorCode.ERROR_CODE_CONTENT_TOO_LONG,
      `the content has ${frame.contentBytes} bytes, and ${limits.contentBytesMax} is the limit`,
    );
  }
  switch (frame.type) {
    case MessageType.ECHO:
      echo(parts, session, frame);
      return;
    case MessageType.BROADCAST:
      return broadcast(parts, session, frame);
    default:
      throw new ChatError(ErrorCode.ERROR_CODE_UNKNOWN_TYPE);
  }
}

function echo({ observer, clock }: MessageParts, session: Session, frame: ClientFrame): void {
  if (session.form.isFull) {
    session.replies.writer.echo(frame.bytes, frame.contentStart, frame.contentEnd, frame.id);
  } else {
    session.replies.writer.bareEcho(frame.bytes, frame.contentStart, frame.contentEnd);
  }
  observer.echoed?.(session.name, frame.content(), clock.wallMs());
}

function broadcast(parts: MessageParts, session: Session, frame: ClientFrame): Later | void {
  const { limits, commits, clock } = parts;
  if (frame.contentBytes === 0) throw new ChatError(ErrorCode.ERROR_CODE_EMPTY_CONTENT);
  const cursor = session.places.in(frame.room || lobbyName);
  if (cursor === undefined) {
    const isName = frame.room === '' || isRoomName(frame.room, limits);
    throw new ChatError(
      isName ? ErrorCode.ERROR_CODE_NOT_IN_ROOM : ErrorCode.ERROR_CODE_BAD_ROOM_NAME,
    );
  }
  commits.publish(cursor.room, {
    id: frame.id,
    author: session.author,
    sender: session.name,
    content: frame.content(),
    sentAtMs: clock.wallMs(),
    submitter: session.replies,
  });
  // The store is slower than those who send: from here on they feel it.
  if (commits.isFull) {
    return new Promise((resolve) => commits.whenSettled(() => resolve(() => {})));
  }
}
