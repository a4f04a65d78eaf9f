import type { ClientFrame } from '../protocol/codec.js';
import type { Commits } from './commits.js';
import type { Cursor } from './cursor.js';
import type { Clock, Observer } from './ports.js';
import type { DeferredReply } from './request.js';
import type { Room } from './room.js';
import type { Session } from './session.js';
import type { Submission } from './submission.js';

/** What messages need. */
export interface MessageParts {
  readonly clock: Clock;
  readonly observer: Observer;
  readonly commits: Pick<Commits, 'publish' | 'isFull' | 'whenSettled'>;
}

export function runEcho(
  { observer, clock }: MessageParts,
  session: Session,
  frame: ClientFrame,
): void {
  const { writer } = session.replies;
  const { bytes, contentStart, contentEnd } = frame;
  if (session.rendering.isFull) writer.echo(bytes, contentStart, contentEnd, frame.id);
  else writer.bareEcho(bytes, contentStart, contentEnd);
  observer.echoed?.(session.name, frame.content(), clock.wallMs());
}

export function runBroadcast(
  { commits, clock }: MessageParts,
  session: Session,
  frame: ClientFrame,
  { room }: Cursor,
): DeferredReply | void {
  return publish(commits, room, {
    change: undefined,
    id: frame.id,
    speaker: session.speaker,
    bytes: frame.bytes,
    start: frame.contentStart,
    end: frame.contentEnd,
    sentAtMs: clock.wallMs(),
    submitter: session.replies,
  });
}

/** Publishes an entry. The session waits when the store is slower than those who send. */
export function publish(
  commits: MessageParts['commits'],
  room: Room,
  submission: Submission,
): DeferredReply | void {
  commits.publish(room, submission);
  if (commits.isFull) {
    return new Promise((resolve) => commits.whenSettled(() => resolve(() => {})));
  }
}
