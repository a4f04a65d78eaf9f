import type { ClientFrame } from '../protocol/codec.js';
import { ChatError } from '../protocol/errors.js';
import { lobbyName } from '../protocol/limits.js';
import { ErrorCode, MessageType } from '../protocol/messages.js';
import { isRoomName } from '../protocol/names.js';
import type { Later } from './commands.js';
import type { Session } from './session.js';

/** Does what a frame without a control message asks for: echoes or broadcasts its text. */
export function executeMessage(session: Session, frame: ClientFrame): Later | void {
  const { limits } = session.node;
  if (session.phase === 'greeting') throw new ChatError(ErrorCode.ERROR_CODE_HELLO_FIRST);
  if (frame.contentBytes > limits.contentBytesMax) {
    throw new ChatError(
      ErrorCode.ERROR_CODE_CONTENT_TOO_LONG,
      `the content has ${frame.contentBytes} bytes, and ${limits.contentBytesMax} is the limit`,
    );
  }
  switch (frame.type) {
    case MessageType.ECHO:
      echo(session, frame);
      return;
    case MessageType.BROADCAST:
      return broadcast(session, frame);
    default:
      throw new ChatError(ErrorCode.ERROR_CODE_UNKNOWN_TYPE);
  }
}

function echo(session: Session, frame: ClientFrame): void {
  const { observer, clock } = session.node;
  if (session.form.isFull) {
    session.replies.echo(frame.bytes, frame.contentStart, frame.contentEnd, frame.id);
  } else {
    session.replies.bareEcho(frame.bytes, frame.contentStart, frame.contentEnd);
  }
  observer.echoed?.(session.name, frame.content(), clock.wallMs());
}

function broadcast(session: Session, frame: ClientFrame): Later | void {
  const { node } = session;
  if (frame.contentBytes === 0) throw new ChatError(ErrorCode.ERROR_CODE_EMPTY_CONTENT);
  const cursor = session.places.in(frame.room || lobbyName);
  if (cursor === undefined) {
    const isName = frame.room === '' || isRoomName(frame.room, node.limits);
    throw new ChatError(
      isName ? ErrorCode.ERROR_CODE_NOT_IN_ROOM : ErrorCode.ERROR_CODE_BAD_ROOM_NAME,
    );
  }
  node.commits.publish(cursor.room, {
    id: frame.id,
    author: session.author,
    sender: session.name,
    content: frame.content(),
    sentAtMs: node.clock.wallMs(),
    session,
  });
  // The store is slower than those who send: from here on they feel it.
  if (node.commits.isFull) {
    return new Promise((resolve) => node.commits.whenSettled(() => resolve(() => {})));
  }
}
